// The explorer lens: any pass, from 5 nodes to 100,000, folded, laid out, painted and replayed.
import { h } from "../dom.js";
import { short } from "../numbers.js";
import { Scale } from "../palette.js";
import type { Pass } from "../records.js";
import type { Mode } from "../replay.js";
import { Client, type Port } from "./client.js";
import type { Palette } from "./colours.js";
import { columnsOf } from "./columns.js";
import type { Shown, Want } from "./engine.js";
import { CHIP_HEIGHT, counted, hintOf } from "./faces.js";
import { svgOf } from "./export.js";
import { HEADER_HEIGHT } from "./frames.js";
import style from "./lens.css";
import { LongView } from "./long.js";
import { Marked } from "./marks.js";
import { listen } from "./pointer.js";
import type { Answer } from "./protocol.js";
import { Scene } from "./scene.js";
import { Stage } from "./stage.js";
import { Tip } from "./tip.js";
import { describe, type Twin, Twins } from "./twins.js";
import type { Face } from "./view.js";
import { nearestEdge } from "./wires.js";

/** A pass as the record has it, or its columns as they travelled (ids are then "n0", "e0", ...). */
export type Graph = Pass | Uint8Array | string;

export interface Pin {
  readonly kind: "node" | "edge";
  readonly id: string;
}

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
  /** A view is on screen. */
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

/** How near, in pixels, the pointer must come to an edge. */
const REACH = 5;
/** Nodes of a group that are named when it is pointed at. */
const NAMED = 60;
const NOTCH = 1.3;
/** Rest after a step before the twins say what changed. */
const QUIET_MS = 150;
/** Edges are named in a view by group and record edge (see nest.ts). */
const RECORD_EDGES = 2 ** 26;

export class ExplorerLens {
  /** The first view is on screen. */
  readonly ready: Promise<void>;
  private readonly root: HTMLElement;
  private readonly stage: Stage;
  private readonly twins: Twins;
  private readonly tip = new Tip();
  private readonly long: LongView;
  private readonly client: Client;
  private readonly stop = new AbortController();
  private readonly faces = new Map<number, Face>();
  private scale = Scale.of([]);
  private pass: Graph;
  private places: ReadonlyMap<string, number> | null = null;
  private following = false;
  private loads = 0;
  private touched = false;
  private telling = false;
  private quiet = 0;
  private open: readonly number[] = [];

  constructor(
    element: HTMLElement,
    private readonly options: Options,
  ) {
    const stop = this.stop.signal;
    this.pass = options.pass;
    this.stage = new Stage(options.palette, stop);
    this.client = new Client(options.port(), (progress) => this.long.progress(progress));
    this.long = new LongView(() => this.client.cancel());
    this.twins = new Twins((node) => this.nodeId(node), {
      focus: (id) => this.focus(id),
      press: (id) => this.press(id),
      leave: (id) => this.leave(id),
    }, stop);
    const sheet = h("style", {}, style);
    this.root = h("div", { class: "lens" }, sheet, this.stage.canvas, this.twins.element, this.stage.map.canvas, this.tip.element, this.long.element);
    element.append(this.root);
    this.dress(options.palette);
    listen(this.stage.canvas, this.stage.camera, {
      moved: () => this.moved(),
      click: (x, y) => this.click(x, y),
      hover: (at) => this.hover(at),
    }, stop);
    this.stage.painted = (moved) => {
      if (moved) this.twins.move(this.stage.camera);
    };
    const resized = new ResizeObserver(() => this.measure());
    resized.observe(this.root);
    stop.addEventListener("abort", () => resized.disconnect());
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
    const load = (this.loads += 1);
    const isRecord = typeof pass === "object" && !(pass instanceof Uint8Array);
    const { camera } = this.stage;
    const room = [Math.max(320, camera.width - 48), Math.max(240, camera.height - 48)] as const;
    const { family } = this.stage.colours;
    this.long.begin();
    try {
      const answer = await this.client.ask({ kind: "load", graph: isRecord ? columnsOf(pass) : pass, source, family, room });
      if (load !== this.loads || answer.kind !== "loaded") return;
      this.pass = pass;
      this.places = isRecord ? new Map(pass.nodes.map((node, at) => [node.id, at])) : null;
      this.faces.clear();
      this.stage.film = answer.film;
      this.scale = Scale.of(answer.film.range);
      this.stage.marks = { ...this.stage.marks, node: -1, selected: null, group: -1, edge: -1, edgeHover: -1, hover: -1, focus: -1, glow: null, found: null, only: null };
      this.arrange(answer.shown, false);
      this.touched = false;
      camera.open();
      await this.nextFrame();
    } catch (error) {
      if (load === this.loads) this.broke(error);
    } finally {
      this.long.done();
    }
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
    const node = pin?.kind === "node" ? this.nodeAt(pin.id) : -1;
    const edge = pin?.kind === "edge" ? this.edgeAt(pin.id) : -1;
    const { film } = this.stage;
    const selected = node >= 0 && film ? Marked.nodes(film, [node]) : null;
    this.stage.mark({ node, selected, edge: edge < 0 ? -1 : this.drawnEdge(edge), group: -1 });
  }

  /** Lights up the boxes of some nodes, as for a line of the source. */
  glow(nodes: readonly string[]): void {
    const { film } = this.stage;
    const places = nodes.map((id) => this.nodeAt(id)).filter((at) => at >= 0);
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
    return this.rearrange({ kind: "more" });
  }

  less(): Promise<void> {
    return this.rearrange({ kind: "less" });
  }

  /** Opens everything. */
  all(): Promise<void> {
    return this.rearrange({ kind: "all" });
  }

  openGroup(id: number): Promise<void> {
    return this.rearrange({ kind: "open", id }, id);
  }

  closeGroup(id: number): Promise<void> {
    return this.rearrange({ kind: "close", id }, id);
  }

  /** Opens what hides a node and brings it into the window. */
  async reveal(id: string): Promise<void> {
    const node = this.nodeAt(id);
    if (node >= 0) await this.goTo(node);
  }

  /** Opens the group in which the replay is at work. */
  async stepInside(): Promise<void> {
    const { stage } = this;
    const current = stage.moment()?.current ?? -1;
    const face = stage.scene?.faces[current];
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
        await this.goTo(nodes[at]!);
        this.options.onSelect({ kind: "node", id: this.nodeId(nodes[at]!) });
        return at;
      },
      clear: () => this.stage.mark({ found: null }),
    };
  }

  /** Lets everything step back that does not lead from a node to the root; null: all is equal again. */
  async only(id: string | null): Promise<void> {
    const node = id === null ? -1 : this.nodeAt(id);
    const answer = node < 0 ? null : await this.client.ask({ kind: "paths", node });
    this.stage.mark({ only: answer?.kind === "paths" ? Marked.boxes(answer.marks) : null });
  }

  /** Groups around a node (or around a group), outermost first. */
  trail(id: string): readonly Crumb[] {
    const { scene, film } = this.stage;
    if (!scene || !film) return [];
    const node = this.nodeAt(id);
    const place = id.startsWith("group-") ? (scene.places.get(Number(id.slice(6))) ?? -1) : node < 0 ? -1 : scene.at(film.box[node]!);
    const crumbs: Crumb[] = [];
    for (let at = place; at >= 0; at = scene.places.get(scene.view.parent[at]!) ?? -1) {
      const face = scene.faces[at]!;
      if (face.node < 0) crumbs.unshift({ id: face.id, title: face.title });
    }
    return crumbs;
  }

  /** All boxes on screen in words, in the order of the backward pass. */
  describeVisible(): readonly Twin[] {
    const { scene } = this.stage;
    const moment = this.stage.moment();
    if (!scene || !moment) return [];
    return Array.from(scene.closed, (place) => describe(scene, moment, place, (node) => this.nodeId(node)));
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

  /** Groups that stand open, to open them again elsewhere. */
  get opened(): readonly number[] {
    return this.open;
  }

  setOpened(open: readonly number[]): Promise<void> {
    return this.rearrange({ kind: "only", open });
  }

  // Views

  private async rearrange(want: Want, keep = -1): Promise<void> {
    const before = keep < 0 ? null : this.screenRect(keep);
    let answer: Answer;
    try {
      this.long.begin();
      answer = await this.client.ask({ kind: "show", want, sure: false });
      if (answer.kind === "large") {
        if (!(await this.long.ask(answer.boxes))) return;
        this.long.begin();
        answer = await this.client.ask({ kind: "show", want, sure: true });
      }
    } catch (error) {
      this.broke(error);
      return;
    } finally {
      this.long.done();
    }
    if (answer.kind !== "shown") return;
    this.arrange(answer.shown, true);
    const { camera, scene } = this.stage;
    const place = keep < 0 ? undefined : scene?.places.get(keep);
    if (before && place !== undefined) {
      const top = camera.flipped ? before.y + before.height : before.y;
      camera.keep(scene!.rect(place), before.x + before.width / 2, top);
    } else if (want.kind !== "reveal") camera.open(true);
    await this.nextFrame();
  }

  private screenRect(id: number): ReturnType<Stage["camera"]["toScreen"]> | null {
    const { scene, camera } = this.stage;
    const place = scene?.places.get(id);
    return place === undefined ? null : camera.toScreen(scene!.rect(place));
  }

  private arrange(shown: Shown, animated: boolean): void {
    for (const face of shown.view.faces) this.faces.set(face.id, face);
    this.open = shown.open;
    this.stage.show(new Scene(shown.view, this.faces, this.scale), this.scale, animated);
    this.tip.hide();
    this.stage.mark({ hover: -1, edgeHover: -1 });
    this.retell();
    this.options.onView?.(this.status);
  }

  private async goTo(node: number): Promise<void> {
    await this.rearrange({ kind: "reveal", node });
    const { scene, film, camera } = this.stage;
    if (!scene || !film) return;
    const rect = scene.rect(scene.at(film.box[node]!));
    if (!camera.shows(rect)) camera.centre(rect.x + rect.width / 2, rect.y + rect.height / 2);
    this.stage.mark({ node, selected: Marked.nodes(film, [node]) });
    this.stage.move();
  }

  private followNow(): void {
    const { scene, camera } = this.stage;
    const current = this.stage.moment()?.current ?? -1;
    if (!scene || current < 0) return;
    camera.reveal(scene.rect(current));
    this.stage.move();
  }

  /** Brings the twins up to date, when the page has a moment. */
  private retell(): void {
    if (this.telling) return;
    this.telling = true;
    requestAnimationFrame(() => {
      this.telling = false;
      const moment = this.stage.moment();
      if (moment && !this.stop.signal.aborted) this.twins.update(moment.scene, this.stage.camera, moment);
    });
  }

  private nextFrame(): Promise<void> {
    return new Promise((resolve) => requestAnimationFrame(() => resolve()));
  }

  private measure(): void {
    const { width, height } = this.root.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    this.stage.size(width, height);
    if (!this.touched && this.stage.scene) this.stage.camera.open();
    this.stage.touch();
    this.twins.move(this.stage.camera);
  }

  private dress(palette: Palette): void {
    const colours = { hair: palette.hair, card: palette.card, ink: palette.ink, quiet: palette.quiet, focus: palette.focus };
    for (const [name, colour] of Object.entries(colours)) this.root.style.setProperty(`--lens-${name}`, colour);
  }

  private broke(error: unknown): void {
    this.options.onError?.(error instanceof Error ? error : new Error(String(error)));
  }

  // Names

  private nodeId(node: number): string {
    return typeof this.pass === "object" && "nodes" in this.pass ? (this.pass.nodes[node]?.id ?? "") : `n${node}`;
  }

  private nodeAt(id: string): number {
    if (this.places) return this.places.get(id) ?? -1;
    const at = /^n\d+$/.test(id) ? Number(id.slice(1)) : -1;
    return at < (this.stage.film?.nodes ?? 0) ? at : -1;
  }

  private edgeId(edge: number): string {
    return typeof this.pass === "object" && "edges" in this.pass ? (this.pass.edges[edge]?.id ?? "") : `e${edge}`;
  }

  private edgeAt(id: string): number {
    if (typeof this.pass === "object" && "edges" in this.pass) return this.pass.edges.findIndex((edge) => edge.id === id);
    return /^e\d+$/.test(id) ? Number(id.slice(1)) : -1;
  }

  /** Key of the drawn edge that stands for an edge of the record, where it is drawn by itself. */
  private drawnEdge(edge: number): number {
    return this.stage.scene?.view.edges.key.find((key) => key % RECORD_EDGES === edge) ?? -1;
  }

  // Pointer and keys

  private moved(): void {
    this.touched = true;
    this.stage.move();
  }

  private under(x: number, y: number): { place: number; header: boolean; chip: number } {
    const { scene, camera } = this.stage;
    const [wx, wy] = camera.toWorld(x, y);
    const place = scene?.hit(wx, wy) ?? -1;
    if (!scene || place < 0) return { place: -1, header: false, chip: -1 };
    const rect = scene.rect(place);
    const open = scene.view.open[place] === 1;
    // Chips are drawn downwards whichever way the drawing is turned.
    const [dx, dy] = [wx - rect.x, camera.flipped ? rect.y + rect.height - wy : wy - rect.y];
    const chip = scene.faces[place]!.chips.find((it) => dx >= it.x && dx <= it.x + it.width && dy >= it.y && dy <= it.y + CHIP_HEIGHT);
    return { place, header: open && wy - rect.y <= HEADER_HEIGHT, chip: open ? -1 : (chip?.node ?? -1) };
  }

  private click(x: number, y: number): void {
    const { scene } = this.stage;
    if (!scene) return;
    const { place, header, chip } = this.under(x, y);
    const face = scene.faces[place];
    if (chip >= 0) this.options.onSelect({ kind: "node", id: this.nodeId(chip) });
    else if (face && (header || scene.view.open[place] === 0)) this.press(face.id);
    else {
      const edge = this.edgeUnder(x, y);
      this.options.onSelect(edge < 0 ? null : { kind: "edge", id: this.edgeId(scene.view.edges.key[edge]! % RECORD_EDGES) });
    }
  }

  /** A click or Enter on a box selects it, on a group opens or closes it. */
  private press(id: number): void {
    const face = this.faces.get(id);
    if (!face) return;
    if (face.node >= 0) this.options.onSelect({ kind: "node", id: this.nodeId(face.node) });
    else void this.rearrange({ kind: "toggle", id }, id);
  }

  private leave(id: number): void {
    const { scene } = this.stage;
    const place = scene?.places.get(id);
    const parent = place === undefined ? -1 : scene!.view.parent[place]!;
    if (parent < 0) return;
    void this.closeGroup(parent).then(() => requestAnimationFrame(() => requestAnimationFrame(() => this.twins.focusOn(parent))));
  }

  private focus(id: number | null): void {
    this.stage.mark({ focus: id ?? -1 });
    const place = id === null ? undefined : this.stage.scene?.places.get(id);
    if (place === undefined) return;
    this.stage.camera.reveal(this.stage.scene!.rect(place));
    this.stage.move();
  }

  private edgeUnder(x: number, y: number): number {
    const { scene, camera } = this.stage;
    return scene ? nearestEdge(scene, ...camera.toWorld(x, y), REACH / camera.zoom) : -1;
  }

  private hover(at: readonly [number, number] | null): void {
    const { scene, marks, canvas } = this.stage;
    if (!scene) return;
    const under = at ? this.under(...at) : { place: -1, header: false, chip: -1 };
    const closed = under.place >= 0 && scene.view.open[under.place] === 0;
    const edge = at && !closed && !under.header ? this.edgeUnder(...at) : -1;
    const id = closed || under.header ? scene.view.id[under.place]! : -1;
    const key = edge < 0 ? -1 : scene.view.edges.key[edge]!;
    if (id >= 0 || edge >= 0) canvas.dataset["over"] = "";
    else delete canvas.dataset["over"];
    if (id !== marks.hover || key !== marks.edgeHover) {
      this.stage.mark({ hover: id, edgeHover: key });
      this.options.onHover(closed ? this.nodesOf(scene.faces[under.place]!) : null);
    }
    if (!at || (id < 0 && edge < 0)) this.tip.hide();
    else if (edge >= 0) this.tipOfEdge(scene, edge, at);
    else this.tipOfBox(scene.faces[under.place]!, under, at);
  }

  private nodesOf({ low, high }: Face): string[] {
    const { film } = this.stage;
    return Array.from(film!.node.subarray(low, Math.min(high, low + NAMED)), (node) => this.nodeId(node));
  }

  private tipOfBox(face: Face, { header, chip: node }: { header: boolean; chip: number }, at: readonly [number, number]): void {
    const chip = face.chips.find((it) => it.node === node);
    const lines = chip
      ? [
          chip.leaf && chip.size !== -1 ? `gradient over this use ‖${short(chip.size)}‖` : chip.leaf ? "a leaf" : "an input, gets no gradient",
          ...(chip.uses > 1 ? [`used ${counted(chip.uses, "time")}`] : []),
        ]
      : [...hintOf(face), ...(face.node < 0 ? [header ? "click to close" : "click to open"] : [])];
    this.tip.show(chip ? chip.text : face.title, chip ? "" : face.note, lines, at, this.stage.camera);
  }

  private tipOfEdge(scene: Scene, edge: number, at: readonly [number, number]): void {
    const { size, weight, first } = scene.view.edges;
    const norm = size[edge]! === -1 ? "no gradient" : `‖${short(size[edge]!)}‖`;
    const many = weight[edge]! > 1 ? [`largest of ${counted(weight[edge]!, "edge")}`] : [];
    this.tip.show(norm, "gradient", [...many, ...(first[edge]! >= 0 ? [`sent at step ${first[edge]! + 1}`] : [])], at, this.stage.camera);
  }
}

/** Puts the lens into an element and loads a pass. */
export function mountExplorerLens(element: HTMLElement, options: Options): ExplorerLens {
  return new ExplorerLens(element, options);
}
