// The graph component: toolbar, figure, card, transport and legend over one shared store.
import type { Moment } from "./boxes.js";
import { Card } from "./card.js";
import { pictureOf, textOf } from "./choice.js";
import { h, setAttribute } from "./dom.js";
import { Figure } from "./figure.js";
import { actionOf, listenForKeys, type Zoom } from "./keys.js";
import type { Layout, Ticket } from "./layout.js";
import { legend } from "./legend.js";
import { measureLike } from "./letters.js";
import { Notice } from "./notice.js";
import type { Theme } from "./palette.js";
import type { Picture } from "./picture.js";
import type { Pass } from "./records.js";
import { arrange, arrangeFolded, leaveRoom } from "./room.js";
import { Said } from "./said.js";
import { bringUp, bringUpCard } from "./scrolling.js";
import type { Pin, State, Store } from "./store.js";
import { themeOf } from "./theme.js";
import { type Lens, Toolbar } from "./toolbar.js";
import { Transport } from "./transport.js";
import { WideFigure } from "./wide.js";

export class Graph {
  readonly element: HTMLElement;
  private readonly figure: Figure;
  private readonly wide: WideFigure;
  private readonly card: Card;
  private readonly leaveRoom: () => void;
  private readonly toolbar: Toolbar;
  private readonly transport: Transport;
  private readonly notice = new Notice();
  private readonly said: Said;
  private readonly key = h("div", { class: "key-row" });
  private readonly frame: HTMLElement;
  private width = 0;
  private lens: Lens = { picture: null, attrs: false, saved: false };
  private theme: Theme = "light";
  private ticket: Ticket | null = null;
  /** The text whose picture is (being) shown. */
  private asked: string | null = null;
  private source: readonly string[] = [];

  constructor(
    private readonly store: Store,
    private readonly layout: Layout,
    stop: AbortSignal,
  ) {
    this.figure = new Figure(
      stop,
      (pin) => this.pick(pin),
      (nodes) => this.point(nodes),
    );
    this.wide = new WideFigure(stop, {
      pick: (pin) => this.pick(pin),
      point: (nodes) => this.point(nodes),
      viewed: ({ boxes }) => this.count(boxes),
      failed: (error) => this.failed(error),
      appears: () => this.leaveRoom(),
    });
    this.card = new Card(store, (group) => this.wide.contents(group));
    this.toolbar = new Toolbar(
      store,
      (lens) => this.choose(lens),
      { notch: (notches) => this.camera.notch(notches), fit: () => this.camera.fit() },
      () => this.figure.svg(),
      (on) => this.element.classList.toggle("cardless", !on),
      this.wide.controls,
    );
    this.said = new Said(store);
    this.transport = new Transport(store, stop);
    this.frame = h(
      "div",
      { class: "frame" },
      this.figure.element,
      this.wide.element,
      this.notice.element,
    );
    const top = h("div", { class: "top" }, this.toolbar.element, ...this.said.elements);
    this.leaveRoom = leaveRoom(this.frame, [top, ...this.transport.steady, this.key], stop);
    this.element = h(
      "div",
      {
        class: "graph",
        tabindex: -1, // so that a click on its ground gives it the keys
        "data-testid": "explorer-graph",
        "data-lens": "torchviz",
        "data-state": "busy",
        "data-boxes": 0,
        "data-nodes": 0,
      },
      top,
      this.transport.skip,
      this.frame,
      this.transport.element,
      this.key,
      this.card.element,
    );
    const resized = new ResizeObserver(([entry]) => {
      this.width = entry?.contentRect.width ?? 0;
    });
    resized.observe(this.element);
    stop.addEventListener("abort", () => resized.disconnect());
    listenForKeys(this.element, (key, target) => this.actionOf(key, target), stop);
    const unwatch = store.watch((state, old) => this.changed(state, old));
    stop.addEventListener("abort", () => {
      unwatch();
      this.ticket?.cancel();
    });
  }

  /** Zoom, of whichever figure is on screen. */
  private get camera(): Zoom {
    return this.wide.element.hidden ? this.figure.camera : this.wide.camera;
  }

  /** Reads the theme again and shows what the store holds. */
  refresh(): void {
    this.theme = themeOf(this.element);
    this.element.dataset["theme"] = this.theme;
    measureLike(this.element);
    this.load();
  }

  private changed(state: State, old: State): void {
    if (state.latest !== old.latest || state.shown !== old.shown || state.pass !== old.pass) {
      this.load();
      return;
    }
    const moved = state.mode !== old.mode || state.at !== old.at;
    if (moved || state.playing !== old.playing || state.pin !== old.pin) this.paint(moved);
    if (state.hover !== old.hover) {
      this.figure.glow(state.hover?.nodes ?? []);
      this.wide.glow(state.hover?.nodes ?? []);
    }
  }

  /** Brings the figure up to the store's pass: asks for its layout where it is not there yet. */
  private load(): void {
    const { shown, latest } = this.store.state;
    setAttribute(this.element, "data-trace", latest?.key ?? null);
    const pass = this.store.pass;
    this.element.classList.toggle("stale", this.store.isOld(shown?.run));
    this.source = shown?.trace.program.source.split("\n") ?? [];
    this.element.dataset["nodes"] = String(pass ? pass.nodes.length || pass.node_count : 0);
    this.toolbar.paint();
    this.said.paint();
    const picture = pictureOf(pass, this.lens);
    this.toolbar.showing(picture, Boolean(pass?.drawing));
    this.element.dataset["lens"] = picture === "explorer" ? "explorer" : "torchviz";
    if (pass && picture === "explorer") {
      void this.fold(pass, `${shown?.key} ${pass.index} ${this.theme} folded`);
      return;
    }
    this.wide.hide();
    const dot = pass ? textOf(pass, picture, this.lens) : null;
    const wanted = dot === null ? null : `${shown?.key} ${pass?.index} ${dot}`;
    if (wanted !== null && wanted === this.asked && !this.ticket) this.paint(false);
    else if (wanted !== this.asked || wanted === null) this.draw(pass, dot, wanted);
  }

  /** The folded view. */
  private async fold(pass: Pass, wanted: string): Promise<void> {
    if (this.asked === wanted) {
      this.paint(false);
      return;
    }
    this.ticket?.cancel();
    this.ticket = null;
    this.asked = wanted;
    this.state("busy");
    this.notice.hide();
    this.figure.element.style.display = "none";
    arrangeFolded(this.frame);
    const { mode, at } = this.store.state;
    const replay = this.store.replayFor(pass);
    await this.wide.show(pass, this.source, { replay, mode, at: at[mode], theme: this.theme });
    if (this.asked !== wanted) return;
    this.paint(false);
    bringUp(this.store, this.frame);
    requestAnimationFrame(() => this.state("ready"));
  }

  private count(boxes: number): void {
    this.element.dataset["boxes"] = String(boxes);
  }

  private draw(pass: Pass | null, dot: string | null, wanted: string | null): void {
    this.ticket?.cancel();
    this.ticket = null;
    this.asked = wanted;
    this.state("busy");
    if (dot === null || !pass) {
      this.instead(pass);
      return;
    }
    this.ticket = this.layout.ask(dot);
    const { picture } = this.ticket;
    picture.then(
      (drawn) => this.asked === wanted && this.arrived(pass, drawn),
      (error: Error) => this.asked === wanted && this.failed(error),
    );
  }

  private arrived(pass: Pass, picture: Picture): void {
    this.ticket = null;
    this.notice.hide();
    this.figure.element.style.display = "";
    const { camera } = this.figure;
    arrange(this.element, this.frame, picture.bounds, this.width, (...size) =>
      camera.heightFor(...size),
    );
    const { mode, at } = this.store.state;
    const replay = this.store.replayFor(pass);
    const classic = pictureOf(pass, this.lens) === "classic";
    this.figure.show(picture, { replay, mode, at: at[mode], theme: this.theme }, classic);
    this.count(this.figure.count);
    this.paint(false);
    this.figure.mark(this.store.state.pin);
    bringUp(this.store, this.frame);
    requestAnimationFrame(() => this.state("ready"));
  }

  /** No picture: words in its place; the replay goes on beside it. */
  private instead(pass: Pass | null): void {
    this.figure.element.style.display = "none";
    this.notice.absent(pass);
    this.element.dataset["boxes"] = "0";
    this.paint(false);
    requestAnimationFrame(() => this.state("ready"));
  }

  private failed(error: Error): void {
    this.ticket = null;
    this.asked = null;
    this.figure.element.style.display = "none";
    this.notice.broken(error, () => this.load());
    this.element.dataset["boxes"] = "0";
    this.paint(false);
    this.state("ready");
  }

  private paint(moved: boolean): void {
    const replay = this.store.replay;
    this.element.classList.toggle("empty", !replay);
    if (!replay) {
      this.card.element.replaceChildren();
      return;
    }
    const { mode, at, pin, follow } = this.store.state;
    const moment: Moment = { replay, mode, at: at[mode], theme: this.theme };
    const follows = moved && follow && (!pin || pin.kind === "group");
    setAttribute(this.element, "data-mode", mode);
    if (this.wide.element.hidden) {
      this.figure.paint(moment);
      this.figure.mark(pin);
      if (follows) this.figure.follow(moment);
    } else {
      this.wide.paint(moment, follows);
      this.wide.mark(pin);
    }
    this.transport.paint(moment);
    this.card.paint(moment, this.source);
    if (!moved || this.key.childElementCount === 0 || this.key.dataset["mode"] !== mode) {
      this.key.dataset["mode"] = mode;
      this.key.replaceChildren(legend(moment, pictureOf(this.store.pass, this.lens)));
    }
  }

  private choose(lens: Lens): void {
    this.lens = lens;
    this.load();
  }

  private state(state: "busy" | "ready"): void {
    this.element.dataset["state"] = state;
  }

  private pick(pin: Pin | null): void {
    this.store.set({ pin });
    if (pin) bringUpCard(this.card.element);
  }

  private point(nodes: readonly string[] | null): void {
    const node = nodes && this.store.replay?.nodes.get(nodes[0] ?? "");
    if (node)
      this.store.set({
        hover: { by: "graph", nodes: [node.id], line: node.line, columns: node.columns },
      });
    else if (this.store.state.hover?.by === "graph") this.store.set({ hover: null });
  }

  private actionOf(key: string, target: Element): (() => void) | null {
    const id = target.getAttribute("data-node-id");
    if (key === "Enter" && id) return () => this.pick({ kind: "node", id });
    return actionOf(key, this.store, this.camera);
  }
}
