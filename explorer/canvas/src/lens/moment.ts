// What boxes, chips and edges are doing at a moment of the replay.
import type { Mode } from "../replay.js";
import type { Film } from "./film.js";
import type { Scene } from "./scene.js";
import type { Chip, Face } from "./view.js";

/** "later": not made yet in the forward pass; "waiting": no gradient yet; "part": some inside has one. */
export type State = "later" | "waiting" | "now" | "part" | "done";

export class Moment {
  /** Place of the closed box at work; -1 for none. */
  readonly current: number;

  /** `at` is a step of the engine, or a frame of the forward replay; null: everything is done. */
  constructor(
    readonly scene: Scene,
    private readonly film: Film,
    readonly mode: Mode,
    readonly at: number | null,
  ) {
    const boxes = mode === "backward" ? film.worker : film.maker;
    const box = at === null ? -1 : (boxes[at] ?? -1);
    this.current = box < 0 ? -1 : scene.at(box);
  }

  /** The same moment of another arrangement. */
  on(scene: Scene): Moment {
    return new Moment(scene, this.film, this.mode, this.at);
  }

  state(place: number): State {
    const face = this.scene.faces[place]!;
    if (this.at === null) return "done";
    if (this.mode === "forward") return stateBetween(this.at, face.frames, "later");
    if (place === this.current) return "now";
    if (face.output) return "done";
    // Where the engine never comes, nothing is ever done.
    return face.steps[0] < 0 ? "waiting" : stateBetween(this.at, face.steps, "waiting", "part");
  }

  /** How much of a group's gradients is there, 0 to 1. */
  progress({ steps: [first, last] }: Face): number {
    if (this.mode === "forward") return 0;
    if (this.at === null) return 1;
    if (first < 0) return 0;
    return Math.min(1, Math.max(0, (this.at - first + 1) / (last - first + 1)));
  }

  /** True where a chip's own gradient has arrived. */
  chipHas({ step }: Chip): boolean {
    return this.mode === "backward" && step >= 0 && (this.at === null || this.at >= step);
  }

  edge(edge: number): "later" | "waiting" | "flow" | "done" {
    const { first, last, frame, tail } = this.scene.view.edges;
    if (this.mode === "forward")
      return this.at === null || this.at >= frame[edge]! ? "done" : "later";
    if (this.at === null) return "done";
    if (first[edge]! < 0 || this.at < first[edge]!) return "waiting";
    const from = this.scene.places.get(tail[edge]!);
    return this.at <= last[edge]! && (from === undefined || this.sends(from)) ? "flow" : "done";
  }

  /** True where the node at work lies in a box; the output hands over v while the root works. */
  private sends(place: number): boolean {
    const { low, high, output } = this.scene.faces[place]!;
    const worker = this.film.worker[this.at ?? 0] ?? -1;
    return output || (worker >= low && worker < high);
  }
}

function stateBetween(
  at: number,
  [first, last]: readonly [number, number],
  before: State,
  within: State = "now",
): State {
  if (at < first) return before;
  return at <= last && (within === "now" || at < last) ? within : "done";
}
