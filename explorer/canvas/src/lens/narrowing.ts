// What steps back: all that is not on some path, or whose gradient has another size. And, below the
// picture, how much of the pass is shown and how much is left.
import { h } from "../dom.js";
import type { Range } from "../sizes.js";
import type { Client } from "./client.js";
import { counted } from "./faces.js";
import { left, Marked } from "./marks.js";
import type { Stage } from "./stage.js";

export class Narrowing {
  /** The words below the picture. */
  readonly element = h("p", { class: "census", role: "status" });
  private paths: Uint8Array | null = null;
  private sizes: Range = null;

  constructor(
    private readonly client: Client,
    private readonly stage: Stage,
  ) {}

  /** Only what leads from a node to the root; -1: all. */
  async only(node: number): Promise<void> {
    const answer = node < 0 ? null : await this.client.ask({ kind: "paths", node });
    this.paths = answer?.kind === "paths" ? answer.marks : null;
    this.tell();
  }

  /** Only gradients of some size; null: all. */
  sized(range: Range): void {
    this.sizes = range;
    this.tell();
  }

  /** Another pass comes. */
  reset(): void {
    [this.paths, this.sizes] = [null, null];
  }

  /** Marks what is left of the view, and counts. */
  tell(): void {
    const { film, scene } = this.stage;
    if (!film || !scene) return;
    const marks = this.paths || this.sizes ? left(film, this.paths, this.sizes) : null;
    this.stage.mark({ only: marks && Marked.boxes(marks) });
    const parts = [counted(film.operations, "operation")];
    if (film.parameters) parts.push(counted(film.parameters, "parameter"));
    const boxes = scene.closed.length;
    const shown = `${counted(boxes, "box", "boxes")} ${boxes === 1 ? "shows" : "show"} ${parts.join(", ")}`;
    const stay = marks?.reduce((sum, mark) => sum + mark, 0);
    this.element.textContent =
      stay === undefined ? shown : `${shown}; ${counted(stay, "box stays", "boxes stay")}`;
  }
}
