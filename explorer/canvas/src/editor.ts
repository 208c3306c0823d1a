// The code component: editor, Run, what went wrong, and whether the graph still fits the text.
import type { EditorView } from "@codemirror/view";
import { glow, jump, makeEditor, markFailure, replaceLines, write } from "./codemirror.js";
import { button, h, setText } from "./dom.js";
import { failureBox, type Hands, hintBox } from "./failure.js";
import type { Failure, Fix } from "./records.js";
import type { Hover, State, Store } from "./store.js";

/** What Python sends. */
export interface Order {
  readonly source: string;
  /** Grows when Python wants the text replaced; otherwise the reader's text stays. */
  readonly revision: number;
  readonly failure: Failure | null;
}

/** After this the editor no longer claims that an answer is coming. */
const PATIENCE_MS = 60_000;

export class Editor {
  readonly element: HTMLElement;
  private view: EditorView | null = null;
  private revision: number | null = null;
  private failure: Failure | null = null;
  /** The text that the failure is about. */
  private failed: string | null = null;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private readonly host = h("div", { class: "editor-host" });
  private readonly status = h("span", { class: "edit-status", role: "status" });
  private readonly run: HTMLButtonElement;
  private readonly trouble = h("div", { class: "trouble" });
  private readonly hints = h("div", { class: "trouble" });

  /** `send` asks Python for a run. */
  constructor(
    private readonly store: Store,
    private readonly send: (text: string) => void,
    stop: AbortSignal,
  ) {
    const shortcut = h("kbd", {}, navigator.platform.startsWith("Mac") ? "⌘ Enter" : "Ctrl+Enter");
    this.run = button(
      "Run",
      () => this.ask(),
      { class: "run", title: "Run the program" },
      "Run ▸ ",
      shortcut,
    );
    this.element = h(
      "div",
      { class: "editor", "data-testid": "explorer-editor" },
      this.host,
      h(
        "div",
        { class: "edit-bar" },
        this.run,
        this.status,
        h("span", { class: "leave" }, "Esc, then Tab leaves the editor"),
      ),
      this.trouble,
      this.hints,
    );
    const unwatch = store.watch((state, old) => this.changed(state, old));
    stop.addEventListener("abort", () => {
      unwatch();
      clearTimeout(this.patience);
      this.view?.destroy();
    });
  }

  /** Called with whatever Python sends; the text is taken over only with a new revision. */
  show(order: Order): void {
    const { draft } = this.store;
    const kept = draft?.revision === order.revision ? draft.text : order.source;
    const other = order.revision !== this.revision;
    if (!this.view) this.view = this.made(kept);
    else if (other) write(this.view, order.source);
    this.revision = order.revision;
    this.edited(this.view.state.doc.toString());
    if (other) this.running(false); // An order about the same text may come while that runs.
    this.tell(order.failure);
  }

  private made(text: string): EditorView {
    return makeEditor(this.host, text, {
      run: () => this.ask(),
      edited: (now) => this.edited(now),
      cursor: (line) => this.point(line),
      pointer: (line) => this.point(line),
    });
  }

  private edited(text: string): void {
    if (this.revision !== null) this.store.draft = { revision: this.revision, text };
    if (text !== this.store.state.text) this.store.set({ text });
  }

  private ask(): void {
    if (!this.view) return;
    this.running(true);
    this.store.asked = true;
    this.send(this.view.state.doc.toString());
  }

  private changed(state: State, old: State): void {
    if (state.latest !== old.latest && state.latest) {
      this.running(false);
      this.tell(state.latest.trace.failure);
      // Under a long program it would stand below the window.
      if (this.view?.hasFocus) this.trouble.scrollIntoView({ block: "nearest" });
      const { trace } = state.latest;
      const box = hintBox(trace, this.hands(trace.program.source));
      this.hints.replaceChildren(...(box ? [box] : []));
      this.enableFixes();
    }
    if (state.text !== old.text || state.latest !== old.latest) this.freshness(state);
    if (state.hover !== old.hover && state.hover?.by !== "editor" && this.view)
      glow(this.view, this.meant(state));
  }

  /** What is pointed at, where the text still has the line that it was recorded on. */
  private meant({ hover, text, shown, latest }: State): Hover | null {
    if (hover === null || hover.line === null) return null;
    const run = hover.by === "lines" && latest?.trace.lines.length ? latest : shown;
    const ran = run?.trace.program.source.split("\n")[hover.line - 1];
    return ran === text?.split("\n")[hover.line - 1] ? hover : null;
  }

  /** Says when the graph on screen belongs to another text. */
  private freshness(state: State): void {
    if (this.run.classList.contains("busy")) return;
    const stale = state.latest !== null && state.text !== state.latest.trace.program.source;
    setText(this.status, stale ? "edited – not run yet" : "");
    this.element.classList.toggle("stale", stale);
    this.enableFixes();
  }

  private running(on: boolean): void {
    clearTimeout(this.patience);
    this.run.classList.toggle("busy", on);
    this.run.setAttribute("aria-busy", String(on));
    if (on) {
      setText(this.status, "running…");
      this.patience = setTimeout(() => this.running(false), PATIENCE_MS);
    } else {
      this.freshness(this.store.state);
    }
  }

  private tell(failure: Failure | null): void {
    if (!this.view || JSON.stringify(failure) === JSON.stringify(this.failure)) return;
    this.failure = failure;
    markFailure(this.view, failure);
    const source = this.store.state.latest?.trace.program.source ?? this.view.state.doc.toString();
    this.trouble.replaceChildren(...(failure ? [failureBox(failure, this.hands(source))] : []));
    this.failed = failure ? source : null;
    this.enableFixes();
  }

  /** What a box can do with the program that it speaks of. */
  private hands(source: string): Hands {
    return {
      source,
      jump: (line) => this.view && jump(this.view, line),
      apply: (fix) => this.apply(fix, source),
    };
  }

  /** The reader's text with the change; Undo takes it back. */
  private apply(fix: Fix, source: string): void {
    if (!this.view || !this.fits(source)) return;
    replaceLines(this.view, fix.line, fix.until, fix.code);
    setText(this.status, "changed – press Run");
  }

  /** A change is for the text that it was made for, and for no other. */
  private fits(source: string | null): boolean {
    return this.view !== null && this.view.state.doc.toString() === source;
  }

  private enableFixes(): void {
    const ran = this.store.state.latest?.trace.program.source ?? null;
    enable(this.trouble, this.fits(this.failed));
    enable(this.hints, this.fits(ran));
  }

  private point(line: number | null): void {
    const { hover, text, shown } = this.store.state;
    if (line === null) {
      if (hover?.by === "editor") this.store.set({ hover: null });
      return;
    }
    if (hover?.by === "editor" && hover.line === line) return;
    const same = shown !== null && text === shown.trace.program.source;
    const nodes = (same && this.store.replay?.onLine(line)) || [];
    this.store.set({ hover: { by: "editor", nodes, line, columns: null } });
  }
}

/** The buttons in a box that take a change over. */
function enable(box: HTMLElement, on: boolean): void {
  for (const take of box.querySelectorAll<HTMLButtonElement>("button.take")) take.disabled = !on;
}
