// How large the words of a closed box are drawn: from afar they grow, as far as their box has room.
import { BOX } from "./tree.js";
import type { Face } from "./view.js";

/** Left of the words: the bar of the gradient's size. */
export const INDENT = 14;
/** Right of a title: nothing but the border, or the sign of a group. */
const TITLE_END = 6;
export const SIGN = 32;
export const NOTE_GAP = 8;
/** Titles never get smaller on screen than at this zoom, where there is room. */
const TITLES = 0.85;
const LARGEST_TITLE = 1.75;
/** Above a line of details, which grows less. */
const LARGEST_ABOVE = 1.45;
const LARGEST_DETAIL = 1.25;
/** Room for letters to grow: what it makes a box wider costs a wide graph as much of its zoom. */
const BOX_ROOM = 12;
const GROUP_ROOM = 26;
/** From further away notes and details cannot be read, and the title takes their place. */
const NOTES_FROM = 0.38;

const TITLE_Y = 14.5;
const GROUP_TITLE_Y = 16;
const DETAIL_Y = 32;
/** How far down a line goes for each time that it grows, so that it stays clear of what is above. */
const TITLE_DOWN = 6;
const DETAIL_DOWN = 16;

type Words = Pick<Face, "kind" | "note" | "detail" | "titleWidth" | "noteWidth" | "detailWidth">;

export interface Lettering {
  /** Times that title and details are larger than at zoom 1; 0 where details are left out. */
  readonly title: number;
  readonly detail: number;
  /** Middle of each line, from the box's upper edge. */
  readonly titleY: number;
  readonly detailY: number;
}

/** Width of a box in which its words have room to grow. */
export function widthOf(words: Words): number {
  const line = INDENT + words.titleWidth + (words.note ? words.noteWidth + NOTE_GAP : 0);
  if (words.kind === BOX) return line + BOX_ROOM + TITLE_END;
  return Math.max(line + GROUP_ROOM, INDENT + words.detailWidth) + SIGN;
}

/** For words that are drawn in a box of `width`. */
export function letteringOf(words: Words, zoom: number, width: number): Lettering {
  const near = zoom >= NOTES_FROM;
  const box = words.kind === BOX;
  const note = words.note && near ? words.noteWidth + NOTE_GAP : 0;
  const end = box ? TITLE_END : SIGN;
  const both = words.detail !== "" && near;
  const grown = (most: number, room: number): number =>
    Math.max(1, Math.min(TITLES / zoom, most, room));
  const title = grown(
    both ? LARGEST_ABOVE : LARGEST_TITLE,
    (width - INDENT - note - end) / words.titleWidth,
  );
  const titleY = box ? TITLE_Y : GROUP_TITLE_Y + TITLE_DOWN * (title - 1);
  if (!both) return { title, detail: 0, titleY, detailY: 0 };
  const detail = grown(LARGEST_DETAIL, (width - INDENT - TITLE_END) / words.detailWidth);
  return { title, detail, titleY, detailY: DETAIL_Y + DETAIL_DOWN * (detail - 1) };
}
