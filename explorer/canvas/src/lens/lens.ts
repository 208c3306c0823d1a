// The explorer lens: any pass, from 5 nodes to 100,000, folded, laid out, painted and replayed.
import { h } from "../dom.js";
import type { Mode } from "../replay.js";
import { Arranger } from "./arranger.js";
import { Client, type Port } from "./client.js";
import type { Palette } from "./colours.js";
import { svgOf } from "./export.js";
import { type Graph, Ids } from "./ids.js";
import style from "./lens.css";
import { LongView } from "./long.js";
import { Marked } from "./marks.js";
import { listen } from "./pointer.js";
import { type Pin, Pointing } from "./pointing.js";
import { Stage } from "./stage.js";
import { describe, type Twin, Twins } from "./twins.js";
import { recordEdge } from "./view.js";

export interface Status {
  /** Boxes on screen; all boxes with everything open; nodes of the record. */
  readonly boxes: number;
  readonly all: number;
  readonly nodes: number;
}

export interface Options {
  readonly pass: Graph;
  /** The program's text, by lines. */
  readonly source: readonly string[];
  readonly palette: Palette;
  /** Makes the end of a worker (or of a server on this thread) that answers for one lens. */
  readonly port: () => Port;
  readonly onSelect: (pin: Pin | null) => void;
  /** Nodes under the pointer; null for none. */
  readonly onHover: (nodes: readonly string[] | null) => void;
  /** Another view is on screen. */
  readonly onView?: (status: Status) => void;
  readonly onError?: (error: Error) => void;
}

/** What a search found, one after the other. */
export interface Finds {
  readonly count: number;
  /** Goes to the next one (or the one before) and opens what hides it; its place, from 0. */
  step(by: 1 | -1): Promise<number>;
  clear(): void;
}

export interface Crumb {
  readonly id: number;
  readonly title: string;
}

const NOTCH = 1.3;
/** Rest after a step before the twins say what changed. */
const QUIET_MS = 150;
const GROUP = /^group-(\d+)$/;

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
  private readonly root: HTMLElement;
  private ids: Ids;
  private following = false;
  /** The reader has moved the camera. */
  private touched = false;
  private telling = 0;
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
    this.pointing = new Pointing(this.stage, () => this.ids, {
      select: options.onSelect,
      press: (id) => this.press(id),
      hover: options.onHover,
    });
    const twins = {
      focus: (id: number | null) => this.focus(id),
      press: (id: number) => this.press(id),
      leave: (id: number) => this.leave(id),
    };
    this.twins = new Twins((node) => this.ids.node(node), twins, signal);
    this.root = h(
      "div",
      { class: "lens" },
      h("style", {}, style),
      this.stage.canvas,
      this.twins.element,
      this.stage.map.canvas,
      this.pointing.tip.element,
      this.long.element,
    );
    element.append(this.root);
    this.dress(options.palette);
    this.listen(signal);
    this.measure();
    this.ready = this.setPass(options.pass);
  }

  destroy(): void {
    this.stop.abort();
    clearTimeout(this.quiet);
    this.client.close();
    this.root.remove();
  }

  /** Shows another pass; resolves when it is painted. */
  async setPass(pass: Graph, source: readonly string[] = this.options.source): Promise<void> {
    this.touched = false;
    const before = this.ids;
    this.ids = new Ids(pass);
    if (!(await this.arranger.load(pass, source)) && !this.stage.scene) this.ids = before;
  }

  /** Moves the replay: a step of the backward pass or a frame of the forward pass; null: all done. */
  setStep(at: number | null, mode: Mode): void {
    this.stage.replay({ mode, at });
    // While it plays, words would be old before they are read.
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => this.retell(), QUIET_MS);
    if (this.following) this.followNow();
  }

  setPalette(palette: Palette): void {
    this.dress(palette);
    this.stage.colour(palette);
  }

  /** Marks what the page has selected. */
  select(pin: Pin | null): void {
    const { film, scene } = this.stage;
    const node = pin?.kind === "node" ? this.ids.nodeAt(pin.id) : -1;
    const edge = pin?.kind === "edge" ? this.ids.edgeAt(pin.id) : -1;
    const drawn =
      edge < 0 ? undefined : scene?.view.edges.key.find((key) => recordEdge(key) === edge);
    this.stage.mark({
      node,
      selected: node >= 0 && film ? Marked.nodes(film, [node]) : null,
      edge: drawn ?? -1,
    });
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
    this.touched = false;
    this.stage.camera.fit();
    this.stage.move();
  }

  /** Zooms by a factor of 1.3 per notch. */
  notch(notches: number): void {
    const { camera } = this.stage;
    camera.zoomAt(camera.width / 2, camera.height / 2, NOTCH ** notches);
    this.moved();
  }

  /** Root at the bottom, or at the top again. */
  flip(): void {
    this.stage.camera.flip();
    this.stage.touch();
    this.retell();
  }

  more(): Promise<void> {
    return this.arranger.show({ kind: "more" });
  }

  less(): Promise<void> {
    return this.arranger.show({ kind: "less" });
  }

  /** Opens everything. */
  all(): Promise<void> {
    return this.arranger.show({ kind: "all" });
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

  /** Groups that stand open, to open them again elsewhere. */
  get opened(): readonly number[] {
    return this.arranger.open;
  }

  setOpened(open: readonly number[]): Promise<void> {
    return this.arranger.show({ kind: "only", open });
  }

  /** Opens what hides a node and brings it into the window. */
  async reveal(id: string): Promise<void> {
    const node = this.ids.nodeAt(id);
    if (node >= 0) await this.arranger.goTo(node);
  }

  /** Opens the group in which the replay is at work. */
  async stepInside(): Promise<void> {
    const face = this.stage.scene?.faces[this.stage.moment()?.current ?? -1];
    if (face && face.node < 0) await this.openGroup(face.id);
    this.followNow();
  }

  /** The camera goes along with the replay. */
  follow(on: boolean): void {
    this.following = on;
    if (on) this.followNow();
  }

  /** Searches; see search.ts for what can be asked. Throws words for people where a query cannot be read. */
  async find(query: string): Promise<Finds> {
    const answer = await this.client.ask({ kind: "find", query });
    const nodes = answer.kind === "found" ? answer.nodes : new Int32Array(0);
    const { film } = this.stage;
    this.stage.mark({ found: film && nodes.length ? Marked.nodes(film, nodes) : null });
    let at = -1;
    return {
      count: nodes.length,
      step: async (by) => {
        if (nodes.length === 0) return -1;
        at = at < 0 && by < 0 ? nodes.length - 1 : (at + by + nodes.length) % nodes.length;
        await this.arranger.goTo(nodes[at]!);
        this.options.onSelect({ kind: "node", id: this.ids.node(nodes[at]!) });
        return at;
      },
      clear: () => this.stage.mark({ found: null }),
    };
  }

  /** Lets everything step back that does not lead from a node to the root; null: all is equal again. */
  async only(id: string | null): Promise<void> {
    const node = id === null ? -1 : this.ids.nodeAt(id);
    const answer = node < 0 ? null : await this.client.ask({ kind: "paths", node });
    this.stage.mark({ only: answer?.kind === "paths" ? Marked.boxes(answer.marks) : null });
  }

  /** Groups around a node (or around and including "group-7"), outermost first. */
  trail(id: string): readonly Crumb[] {
    const { scene, film } = this.stage;
    if (!scene || !film) return [];
    const group = GROUP.exec(id)?.[1];
    const node = this.ids.nodeAt(id);
    const crumbs: Crumb[] = [];
    let place = group
      ? (scene.places.get(Number(group)) ?? -1)
      : node < 0
        ? -1
        : scene.at(film.box[node]!);
    for (; place >= 0; place = scene.places.get(scene.view.parent[place]!) ?? -1) {
      const { id: at, node: own, title } = scene.faces[place]!;
      if (own < 0) crumbs.unshift({ id: at, title });
    }
    return crumbs;
  }

  /** All closed boxes on screen in words, in the order of the backward pass. */
  describeVisible(): readonly Twin[] {
    const moment = this.stage.moment();
    if (!moment) return [];
    return Array.from(moment.scene.closed, (place) =>
      describe(moment.scene, moment, place, (node) => this.ids.node(node)),
    );
  }

  /** What is in the window as an SVG file. */
  svg(): string {
    const { scene, camera, colours } = this.stage;
    return scene ? svgOf(scene, camera, colours) : "";
  }

  /** Largest gradient over the steps of the pass, for a timeline; -1 where there is none. */
  get profile(): Float64Array {
    return this.stage.film?.profile ?? new Float64Array(0);
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
        moved: () => this.moved(),
        click: (x, y) => this.pointing.click([x, y]),
        hover: (at) => this.pointing.hover(at),
      },
      signal,
    );
    this.stage.painted = (moved) => {
      if (moved) this.twins.move(this.stage.camera);
    };
    const resized = new ResizeObserver(() => this.measure());
    resized.observe(this.root);
    signal.addEventListener("abort", () => resized.disconnect());
  }

  private arranged(): void {
    this.pointing.tip.hide();
    this.retell();
    this.options.onView?.(this.status);
  }

  private moved(): void {
    this.touched = true;
    this.stage.move();
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

  private measure(): void {
    const { width, height } = this.root.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    this.stage.size(width, height);
    if (!this.touched && this.stage.scene) this.stage.camera.open();
    this.stage.touch();
    this.twins.move(this.stage.camera);
  }

  private dress({ hair, card, ink, quiet, focus }: Palette): void {
    for (const [name, colour] of Object.entries({ hair, card, ink, quiet, focus }))
      this.root.style.setProperty(`--lens-${name}`, colour);
  }

  /** A press on a box selects it, on a group opens or closes it. */
  private press(id: number): void {
    const face = this.arranger.faces.get(id);
    if (!face) return;
    if (face.node >= 0) this.options.onSelect({ kind: "node", id: this.ids.node(face.node) });
    else void this.arranger.show({ kind: "toggle", id }, id);
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

  private focus(id: number | null): void {
    const { scene, camera } = this.stage;
    this.stage.mark({ focus: id ?? -1 });
    const place = id === null ? undefined : scene?.places.get(id);
    if (!scene || place === undefined) return;
    camera.reveal(scene.rect(place));
    this.stage.move();
  }
}

/** Puts the lens into an element and loads a pass. */
export function mountExplorerLens(element: HTMLElement, options: Options): ExplorerLens {
  return new ExplorerLens(element, options);
}
