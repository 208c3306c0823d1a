// Asks the worker for passes and views, and puts what comes back on the stage.
import { Scale } from "../palette.js";
import type { Pass } from "../records.js";
import type { Client } from "./client.js";
import { columnsOf } from "./columns.js";
import type { Shown, Want } from "./engine.js";
import { MARGIN } from "./legible.js";
import type { LongView } from "./long.js";
import { Marked, UNMARKED } from "./marks.js";
import type { Answer } from "./protocol.js";
import { Scene } from "./scene.js";
import type { Stage } from "./stage.js";
import type { Face } from "./view.js";

/** The least room that the first view is made for. */
const LEAST_ROOM = [320, 240] as const;

/** A box on screen and what holds it, innermost first; and the middle of its root's side there. */
interface Anchor {
  readonly ids: readonly number[];
  readonly x: number;
  readonly y: number;
}

export class Arranger {
  /** All faces that came so far, by id. */
  readonly faces = new Map<number, Face>();
  /** Groups that stand open. */
  open: readonly number[] = [];
  private scale = Scale.of([]);
  private loads = 0;

  /** `arranged`: something else is on the stage now. */
  constructor(
    private readonly client: Client,
    private readonly stage: Stage,
    private readonly long: LongView,
    private readonly arranged: () => void,
    private readonly broke: (error: Error) => void,
  ) {}

  /** Loads a pass; false where a newer one took its place, or it could not be read. */
  async load(pass: Pass, source: readonly string[]): Promise<boolean> {
    this.loads += 1;
    const load = this.loads;
    const { camera, colours } = this.stage;
    const room = [
      Math.max(LEAST_ROOM[0], camera.width - 2 * MARGIN),
      Math.max(LEAST_ROOM[1], camera.height - 2 * MARGIN),
    ] as const;
    const answer = await this.answer(() =>
      this.client.ask({
        kind: "load",
        graph: columnsOf(pass),
        source,
        family: colours.family,
        room,
      }),
    );
    if (load !== this.loads || answer?.kind !== "loaded") return false;
    this.faces.clear();
    this.stage.film = answer.film;
    this.scale = Scale.of(answer.film.range);
    this.stage.marks = UNMARKED;
    this.take(answer.shown, false);
    camera.open();
    await nextFrame();
    return true;
  }

  /** Another view of the same pass; `keep` is a box that stays where it is on screen, else what is
   * in the middle does. */
  async show(want: Want, keep = -1): Promise<void> {
    const anchor = this.anchor(keep);
    let answer = await this.answer(() => this.client.ask({ kind: "show", want, sure: false }));
    if (answer?.kind === "large") {
      if (!(await this.long.ask(answer.boxes))) return;
      answer = await this.answer(() => this.client.ask({ kind: "show", want, sure: true }));
    }
    if (answer?.kind !== "shown") return;
    this.take(answer.shown, true);
    if (want.kind !== "reveal") this.settle(anchor, keep);
    await nextFrame();
  }

  /** Opens what hides a node and brings its box into the window. */
  async goTo(node: number): Promise<void> {
    await this.show({ kind: "reveal", node });
    const { scene, film, camera } = this.stage;
    if (!scene || !film) return;
    camera.seek(scene.rect(scene.at(film.box[node]!)));
    this.stage.mark({ node, selected: Marked.nodes(film, [node]) });
    this.stage.move();
  }

  private async answer(ask: () => Promise<Answer>): Promise<Answer | null> {
    this.long.begin();
    try {
      return await ask();
    } catch (error) {
      this.broke(error instanceof Error ? error : new Error(String(error)));
      return null;
    } finally {
      this.long.done();
    }
  }

  private take(shown: Shown, animated: boolean): void {
    for (const face of shown.view.faces) this.faces.set(face.id, face);
    this.open = shown.open;
    this.stage.show(new Scene(shown.view, this.faces, this.scale), this.scale, animated);
    this.stage.mark({ hover: -1, edgeHover: -1 });
    this.arranged();
  }

  private anchor(keep: number): Anchor | null {
    const { scene, camera } = this.stage;
    const middle = camera.toWorld(camera.width / 2, camera.height / 2);
    const place = keep < 0 ? (scene?.nearest(...middle) ?? -1) : (scene?.places.get(keep) ?? -1);
    if (!scene || place < 0) return null;
    const ids: number[] = [];
    for (let id = scene.view.id[place]!; id >= 0; ) {
      ids.push(id);
      const at = scene.places.get(id);
      id = at === undefined ? -1 : scene.view.parent[at]!;
    }
    const { x, y, width, height } = camera.toScreen(scene.rect(place));
    return { ids, x: x + width / 2, y: camera.flipped ? y + height : y };
  }

  /** Brings the camera to a new arrangement. */
  private settle(anchor: Anchor | null, keep: number): void {
    const { camera, scene } = this.stage;
    if (keep < 0 && camera.stay()) return;
    const place = anchor?.ids.map((id) => scene?.places.get(id)).find((at) => at !== undefined);
    if (!anchor || !scene || place === undefined) camera.open(true);
    else if (keep < 0) camera.anchor(scene.rect(place), anchor.x, anchor.y);
    else camera.keep(scene.rect(place), anchor.x, anchor.y);
  }
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
