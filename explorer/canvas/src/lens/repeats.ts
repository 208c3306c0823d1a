// Repeated structure in a list: the same operations in the same nesting, many times in a row.

import { filled } from "./csr.js";

/** A run of `times` equal stretches of `period` members, from `start` of the list. */
export interface Run {
  readonly start: number;
  readonly period: number;
  readonly times: number;
}

/** What a list looks like to the search. */
export interface Shapes {
  /** Equal for members of equal structure. */
  hash(at: number): number;
  /** How often the program had come to the member's line; 0 where unknown. */
  visit(at: number): number;
  /** Worth a group of its own. */
  worth(run: Run): boolean;
}

/** Shorter lists have nothing to fold. */
const SHORTEST = 4;
/** Candidate starts are compared at the first few seams only. */
const SEAMS = 3;

/** Runs that do not overlap, in order. Linear for lists with one period at a time. */
export function runsIn(length: number, shapes: Shapes): Run[] {
  if (length < SHORTEST) return [];
  const hash = filled(new Int32Array(length), shapes.hash);
  const next = nextEqual(hash);
  const runs: Run[] = [];
  let free = 0;
  let known = { period: 0, end: 0 };
  for (let at = 0; at < length; ) {
    const period = next[at]! < 0 ? 0 : next[at]! - at;
    if (period === 0 || period > length / 2) {
      at += 1;
      continue;
    }
    if (known.period !== period || at >= known.end)
      known = { period, end: endOfRun(hash, at, period) };
    let start = at;
    while (start > free && hash[start - 1] === hash[start - 1 + period]) start -= 1;
    const run = aligned(start, period, known.end, shapes);
    if (run.times > 1 && shapes.worth(run)) {
      runs.push(run);
      at = free = run.start + run.times * period;
    } else at += 1;
  }
  return runs;
}

/** Place of the next member of equal structure; -1 for none. */
function nextEqual(hash: Int32Array): Int32Array {
  const next = new Int32Array(hash.length).fill(-1);
  const last = new Map<number, number>();
  for (let at = hash.length - 1; at >= 0; at -= 1) {
    next[at] = last.get(hash[at]!) ?? -1;
    last.set(hash[at]!, at);
  }
  return next;
}

/** First place from which the list no longer equals itself one period on. */
function endOfRun(hash: Int32Array, at: number, period: number): number {
  let end = at;
  while (end + period < hash.length && hash[end] === hash[end + period]) end += 1;
  return end;
}

/** Moves the start to where the program's own iterations begin: where visits change. */
function aligned(start: number, period: number, end: number, shapes: Shapes): Run {
  const stop = end + period;
  const timesFrom = (from: number): number => Math.floor((stop - from) / period);
  let [best, most] = [start, 0];
  for (let from = start; from < start + period && timesFrom(from) > 1; from += 1) {
    let changes = 0;
    for (let seam = 1; seam <= Math.min(SEAMS, timesFrom(from) - 1); seam += 1) {
      const at = from + seam * period;
      if (shapes.visit(at) !== shapes.visit(at - 1)) changes += 1;
    }
    if (changes > most) [best, most] = [from, changes];
  }
  return { start: best, period, times: timesFrom(best) };
}
