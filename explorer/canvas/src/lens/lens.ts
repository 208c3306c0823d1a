// The explorer lens: any pass, from 5 nodes to 100,000, folded, laid out, painted and replayed.
import { h } from "../dom.js";
import type { Pass } from "../records.js";
import type { Mode } from "../replay.js";
import type { Pin } from "../store.js";
import { Arranger } from "./arranger.js";
import { Client } from "./client.js";
import type { Palette } from "./colours.js";
import { type Contents, contentsOf } from "./contents.js";
import { findIn } from "./finds.js";
import { groupAt, Ids } from "./ids.js";
import style from "./lens.css";
import { LongView } from "./long.js";
import { held, Marked } from "./marks.js";
import { Narrowing } from "./narrowing.js";
import type { Finds, Options, Status } from "./options.js";
import { listen } from "./pointer.js";
import { Pointing } from "./pointing.js";
import { Stage } from "./stage.js";
import { Twins } from "./twins.js";

/** Rest after a step before the twins say what changed. */
const QUIET_MS = 150;

export class ExplorerLens {
  /** The first view is on screen. */
  readonly ready: Promise<void>;
  private readonly stop = new AbortController();
  private readonly stage: Stage;
  private readonly client: Client;
  private readonly long: LongView;
  private readonly arranger: Arranger;
  private readonly pointing: Pointing;
  private readonly twins: Twins;
  /** What steps back, by the size of its gradient or by a path. */
  readonly narrowing: Narrowing;
  private readonly root: HTMLElement;
  private ids: Ids;
  private telling = 0;
  private shown: [Pass, readonly string[]] | null = null;
  private quiet = 0;

  constructor(
    element: HTMLElement,
    private readonly options: Options,
  ) {
    const { signal } = this.stop;
    this.ids = new Ids(options.pass);
    this.stage = new Stage(options.palette, signal);
    this.client = new Client(options.port(), (progress) => this.long.progress(progress));
    this.long = new LongView(() => this.client.cancel());
    this.arranger = new Arranger(
      this.client,
      this.stage,
      this.long,
      () => this.arranged(),
      (error) => options.onError?.(error),
    );
    this.narrowing = new Narrowing(this.client, this.stage);
    this.pointing = new Pointing(this.stage, () => this.ids, {
      select: options.onSelect,
      toggle: (id) => void this.arranger.show({ kind: "toggle", id }, id),
      hover: options.onHover,
    });
    const twins = {
      focus: (id: number | null) => this.pointing.focus(id),
      press: (id: number) => this.pointing.press(id),
      leave: (id: number) => this.leave(id),
    };
    this.twins = new Twins((node) => this.ids.node(node), twins, signal);
    this.root = h(
      "div",
      { class: "lens" },
      h("style", {}, style),
      this.stage.canvas,
      this.twins.element,
      this.stage.map.element,
      h("div", { class: "foot" }, this.narrowing.element, this.stage.trail.element),
      this.pointing.tip.element,
      this.long.element,
    );
    element.append(this.root);
    this.dress(options.palette);
    this.listen(signal);
    this.ready = this.setPass(options.pass);
  }

  destroy(): void {
    this.stop.abort();
    clearTimeout(this.quiet);
    this.client.close();
    this.root.remove();
  }

  /** Shows another pass; resolves when it is painted. */
  async setPass(pass: Pass, source: readonly string[] = this.options.source): Promise<void> {
    this.size();
    this.narrowing.reset();
    this.shown = [pass, source];
    const before = this.ids;
    this.ids = new Ids(pass);
    if (!(await this.arranger.load(pass, source)) && !this.stage.scene) this.ids = before;
  }

  /** Moves the replay to a step (or frame of the forward pass; null: all done), and the camera to it. */
  setStep(at: number | null, mode: Mode, follow: boolean): void {
    this.stage.replay({ mode, at });
    // While it plays, words would be old before they are read.
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => this.retell(), QUIET_MS);
    if (follow) this.followNow();
  }

  setPalette(palette: Palette): void {
    this.dress(palette);
    this.stage.colour(palette);
  }

  /** Marks what the page has selected. */
  select(pin: Pin | null): void {
    this.stage.mark(held(pin, this.ids, this.stage.film));
  }

  /** Opens what hides a node and brings its box into the window. */
  async goTo(id: string): Promise<void> {
    const node = this.ids.nodeAt(id);
    if (node >= 0 && node < (this.stage.film?.nodes ?? 0)) await this.arranger.goTo(node);
  }

  /** What lies in a group that is or was on screen; null for other names. */
  contents(name: string): Contents | null {
    const face = this.arranger.faces.get(groupAt(name));
    const { film, scene } = this.stage;
    return face && film ? contentsOf(face, film, this.ids, scene) : null;
  }

  /** Lights up the boxes of some nodes, as for a line of the source. */
  glow(nodes: readonly string[]): void {
    const { film } = this.stage;
    const places = nodes
      .map((id) => this.ids.nodeAt(id))
      .filter((at) => at >= 0 && at < (film?.nodes ?? 0));
    this.stage.mark({ glow: film && places.length ? Marked.nodes(film, places) : null });
  }

  fit(): void {
    this.stage.camera.fit();
    this.stage.move();
  }

  notch(notches: number): void {
    this.stage.camera.notch(notches);
    this.stage.move();
  }

  /** Root at the bottom, or at the top again. */
  flip(): void {
    this.stage.camera.flip();
    this.stage.touch();
    this.retell();
  }

  /** More boxes, fewer, or everything open. */
  open(kind: "more" | "less" | "all"): Promise<void> {
    return this.arranger.show({ kind });
  }

  /** Opens groups until about so many boxes are on screen; null: as many as fit the window. */
  boxes(count: number | null): Promise<void> {
    const { width, height } = this.stage.camera;
    return this.arranger.show({ kind: "budget", boxes: count, room: [width, height] });
  }

  openGroup(id: number): Promise<void> {
    return this.arranger.show({ kind: "open", id }, id);
  }

  closeGroup(id: number): Promise<void> {
    return this.arranger.show({ kind: "close", id }, id);
  }

  /** Opens the group in which the replay is at work. */
  async stepInside(): Promise<void> {
    const face = this.stage.scene?.faces[this.stage.moment()?.current ?? -1];
    if (face && face.node < 0) await this.openGroup(face.id);
    this.followNow();
  }

  /** Searches; see search.ts for what can be asked. Throws words for people where a query cannot be read. */
  find(query: string): Promise<Finds> {
    return findIn(query, this.client, this.arranger, this.stage, (node) =>
      this.options.onSelect({ kind: "node", id: this.ids.node(node) }),
    );
  }

  /** Lets everything step back that does not lead from a node to the root; null: all is equal again. */
  async only(id: string | null): Promise<void> {
    await this.narrowing.only(id === null ? -1 : this.ids.nodeAt(id));
  }

  /** What is in the window as an SVG file. */
  svg(): string {
    return this.stage.svg();
  }

  get status(): Status {
    const { film, scene } = this.stage;
    return { boxes: scene?.closed.length ?? 0, all: film?.ops ?? 0, nodes: film?.nodes ?? 0 };
  }

  private listen(signal: AbortSignal): void {
    listen(
      this.stage.canvas,
      this.stage.camera,
      {
        moved: () => this.stage.move(),
        click: (x, y) => this.pointing.click([x, y]),
        hover: (at) => this.pointing.hover(at),
      },
      signal,
    );
    this.stage.painted = (moved) => {
      if (!moved) return;
      this.twins.move(this.stage.camera);
      this.pointing.follow();
    };
    // Browsers scroll to what gets the focus; here the camera goes there.
    this.root.addEventListener("scroll", () => this.root.scrollTo(0, 0), { signal });
    const resized = new ResizeObserver(() => this.resized());
    resized.observe(this.root);
    signal.addEventListener("abort", () => resized.disconnect());
  }

  private arranged(): void {
    this.pointing.tip.hide();
    this.narrowing.tell();
    this.retell();
    this.options.onView?.(this.status);
  }

  private followNow(): void {
    const { scene, camera } = this.stage;
    const current = this.stage.moment()?.current ?? -1;
    if (!scene || current < 0) return;
    camera.reveal(scene.rect(current));
    this.stage.move();
  }

  /** Brings the twins up to date at the next frame. */
  private retell(): void {
    if (this.telling) return;
    this.telling = requestAnimationFrame(() => {
      this.telling = 0;
      const moment = this.stage.moment();
      if (moment && !this.stop.signal.aborted)
        this.twins.update(moment.scene, this.stage.camera, moment);
    });
  }

  /** A first view that nobody has touched is made anew for a window that it fits no more. */
  private resized(): void {
    const { camera } = this.stage;
    const whole = camera.opensWhole;
    this.size();
    if (whole && !camera.opensWhole && this.shown) void this.setPass(...this.shown);
  }

  private size(): void {
    const { width, height } = this.stage.canvas.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    this.stage.size(width, height);
    this.stage.touch();
    this.twins.move(this.stage.camera);
  }

  private dress({ hair, card, ink, quiet, focus }: Palette): void {
    for (const [name, colour] of Object.entries({ hair, card, ink, quiet, focus }))
      this.root.style.setProperty(`--lens-${name}`, colour);
  }

  /** Closes the group around a box and moves the focus to it. */
  private leave(id: number): void {
    const { scene } = this.stage;
    const parent = scene?.view.parent[scene.places.get(id) ?? -1] ?? -1;
    if (parent < 0) return;
    // The twin of the closed group is there one frame after its view.
    void this.closeGroup(parent).then(() =>
      requestAnimationFrame(() => this.twins.focusOn(parent)),
    );
  }
}
