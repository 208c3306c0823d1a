// Into parts of which lengths a long list is cut.

/** A list of this many boxes can be taken in at a glance. */
const GLANCE = 8;
/** Members of a part of a long repeat. */
const SHORTEST = 5;

/** Lengths of parts of about equal length, and of about as many parts as each has members. */
export function balanced(length: number): number[] {
  const levels = Math.ceil(Math.log(length) / Math.log(GLANCE));
  const parts = Math.ceil(length ** (1 / levels));
  return Array.from(
    { length: parts },
    (_, part) => Math.floor(((part + 1) * length) / parts) - Math.floor((part * length) / parts),
  );
}

/** Lengths of at most so many parts that end at round numbers, counted from the end of the list. */
export function rounded(length: number, parts: number): number[] {
  const power = 10 ** Math.floor(Math.log10(length));
  const sizes = [power / 10, power / 5, power / 2, power, 2 * power];
  const size = sizes.find((one) => one >= SHORTEST && length / one <= parts)!;
  const first = length % size;
  const rest = Array<number>(Math.floor(length / size)).fill(size);
  return first > 0 ? [first, ...rest] : rest;
}
