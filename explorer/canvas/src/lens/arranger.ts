// Asks the worker for passes and views, and puts what comes back on the stage.
import { Scale } from "../palette.js";
import type { Pass } from "../records.js";
import type { Rect } from "./camera.js";
import type { Client } from "./client.js";
import { columnsOf } from "./columns.js";
import type { Shown, Want } from "./engine.js";
import type { LongView } from "./long.js";
import { Marked, UNMARKED } from "./marks.js";
import type { Answer } from "./protocol.js";
import { Scene } from "./scene.js";
import type { Stage } from "./stage.js";
import type { Face } from "./view.js";

/** Free room that the first view leaves around itself, and the least it is made for. */
const MARGIN = 48;
const LEAST_ROOM = [320, 240] as const;

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
      Math.max(LEAST_ROOM[0], camera.width - MARGIN),
      Math.max(LEAST_ROOM[1], camera.height - MARGIN),
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

  /** Another view of the same pass; `keep` is a box that stays where it is on screen. */
  async show(want: Want, keep = -1): Promise<void> {
    const before = this.screenRect(keep);
    let answer = await this.answer(() => this.client.ask({ kind: "show", want, sure: false }));
    if (answer?.kind === "large") {
      if (!(await this.long.ask(answer.boxes))) return;
      answer = await this.answer(() => this.client.ask({ kind: "show", want, sure: true }));
    }
    if (answer?.kind !== "shown") return;
    this.take(answer.shown, true);
    const { camera, scene } = this.stage;
    const place = scene?.places.get(keep);
    if (before && place !== undefined) {
      const top = camera.flipped ? before.y + before.height : before.y;
      camera.keep(scene!.rect(place), before.x + before.width / 2, top);
    } else if (want.kind !== "reveal") camera.open(true);
    await nextFrame();
  }

  /** Opens what hides a node and brings its box into the window. */
  async goTo(node: number): Promise<void> {
    await this.show({ kind: "reveal", node });
    const { scene, film, camera } = this.stage;
    if (!scene || !film) return;
    const rect = scene.rect(scene.at(film.box[node]!));
    if (!camera.shows(rect)) camera.centre(rect.x + rect.width / 2, rect.y + rect.height / 2);
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

  private screenRect(id: number): Rect | null {
    const { scene, camera } = this.stage;
    const place = scene?.places.get(id);
    return scene && place !== undefined ? camera.toScreen(scene.rect(place)) : null;
  }
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
