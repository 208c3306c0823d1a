// How small a drawing may get. What is folded for a room and how it is shown there must agree on it.

/** Zoom at which everything is read with ease. */
export const READABLE = 0.62;
/** Down to this zoom titles are read: they grow as far as their boxes have room. */
export const LEGIBLE = 0.33;
/** Room that stays free at each side of the window. */
export const MARGIN = 12;
