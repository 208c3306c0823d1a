// What lies in a group, for its card.
import { NOTHING } from "./columns.js";
import type { Film } from "./film.js";
import type { Ids } from "./ids.js";
import type { Scene } from "./scene.js";
import type { Face } from "./view.js";

/** A box and the largest gradient that it received. */
export interface Received {
  readonly node: string;
  readonly size: number;
}

export interface Contents {
  readonly face: Face;
  /** Titles of the groups around, outermost first. */
  readonly around: readonly string[];
  /** Lines of the program that made it, each once. */
  readonly lines: readonly number[];
  /** Of gradients that are finite; null where there are none. */
  readonly largest: Received | null;
  readonly smallest: Received | null;
  /** The first in backward time that is not finite. */
  readonly broken: Received | null;
  /** How many steps of its operations there are up to a step of the replay, and in all. */
  steps(at: number): readonly [done: number, all: number];
  holds(node: string): boolean;
}

const known = new WeakMap<Face, Contents>();

/** Looked up once per group: the first time it is asked for, it is in the scene. */
export function contentsOf(face: Face, film: Film, ids: Ids, scene: Scene | null): Contents {
  const contents = known.get(face) ?? made(face, film, ids, scene ? around(face.id, scene) : []);
  known.set(face, contents);
  return contents;
}

function around(id: number, { view, places, faces }: Scene): string[] {
  const titles: string[] = [];
  const outer = (it: number): number => view.parent[places.get(it) ?? -1] ?? -1;
  for (let at = outer(id); at >= 0; at = outer(at)) {
    const place = places.get(at);
    if (place !== undefined) titles.unshift(faces[place]!.title);
  }
  return titles;
}

function made(face: Face, film: Film, ids: Ids, titles: readonly string[]): Contents {
  const { low, high } = face;
  const lines = new Set(film.line.subarray(low, high));
  lines.delete(0);
  return {
    face,
    around: titles,
    lines: [...lines].sort((one, other) => one - other),
    ...extremes(film, ids, face),
    steps: (at) => stepsIn(film, face, at),
    holds: (node) => {
      const box = film.box[ids.nodeAt(node)] ?? -1;
      return box >= low && box < high;
    },
  };
}

function extremes(
  { size, node }: Film,
  ids: Ids,
  { low, high }: Face,
): Pick<Contents, "largest" | "smallest" | "broken"> {
  let [largest, smallest, broken] = [-1, -1, -1];
  for (let box = low; box < high; box += 1) {
    const here = size[box]!;
    if (here === NOTHING) continue;
    if (!Number.isFinite(here)) {
      if (broken < 0) broken = box;
      continue;
    }
    if (largest < 0 || here > size[largest]!) largest = box;
    if (smallest < 0 || here < size[smallest]!) smallest = box;
  }
  const received = (box: number): Received | null =>
    box < 0 ? null : { node: ids.node(node[box]!), size: size[box]! };
  return { largest: received(largest), smallest: received(smallest), broken: received(broken) };
}

function stepsIn({ worker }: Film, { low, high, steps }: Face, at: number): [number, number] {
  let [done, all] = [0, 0];
  for (let step = Math.max(0, steps[0]); step <= steps[1]; step += 1) {
    const works = worker[step]!;
    if (works < low || works >= high) continue;
    all += 1;
    done += Number(step <= at);
  }
  return [done, all];
}
