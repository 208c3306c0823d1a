// CodeMirror set up for short Python programs: colours from the page's theme, marks for lines.
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  isolateHistory,
} from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, type Extension, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Failure } from "./records.js";
import type { Hover } from "./store.js";

/** Colours are variables, so that a change of theme needs no new editor. */
const COLOURS = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self],
    color: "var(--code-keyword)",
    fontWeight: "600",
  },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: "var(--code-call)",
  },
  { tag: [tags.definition(tags.variableName), tags.className], color: "var(--code-name)" },
]);

const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--sheet)", fontSize: "var(--code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    lineHeight: "1.55",
    minHeight: "9em",
    maxHeight: "60vh",
  },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--quiet)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--active-line)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    {
      backgroundColor: "var(--selected)",
    },
  ".cm-wrong": { backgroundColor: "var(--wrong-sheet) !important" },
  ".cm-part": { backgroundColor: "var(--part-sheet) !important" },
  ".cm-glow-line": { backgroundColor: "var(--glow-sheet) !important" },
  ".cm-glow": { backgroundColor: "var(--glow-strong)", borderRadius: "3px" },
  ".cm-tooltip": {
    backgroundColor: "var(--sheet)",
    color: "var(--ink)",
    border: "1px solid var(--edge-of-box)",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--loud)" },
  ".cm-lint-marker-info": {
    content: '""',
    width: "0.7em",
    height: "0.7em",
    border: "2px solid var(--loud)",
    borderRadius: "50%",
  },
  ".cm-diagnostic-info": { borderLeftColor: "var(--quiet-edge)" },
  ".cm-lintRange-info": {
    backgroundImage: "none",
    ...underline("dotted", "var(--quiet)"),
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    ...underline("wavy", "var(--loud)"),
    textDecorationSkipInk: "none",
  },
});

/** In the shorthand Safari reads neither the style nor the colour. */
function underline(style: string, color: string): Record<string, string> {
  return {
    textDecorationLine: "underline",
    textDecorationStyle: style,
    textDecorationColor: color,
  };
}

const setGlow = StateEffect.define<Hover | null>();
const setWrong = StateEffect.define<Failure | null>();

function field<T>(
  effect: ReturnType<typeof StateEffect.define<T>>,
  marks: (state: EditorState, value: T) => DecorationSet,
): Extension {
  return StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(set, transaction) {
      for (const one of transaction.effects)
        if (one.is(effect)) return marks(transaction.state, one.value);
      return set.map(transaction.changes);
    },
    provide: (it) => EditorView.decorations.from(it),
  });
}

const GLOW_LINE = Decoration.line({ class: "cm-glow-line" });
const GLOW = Decoration.mark({ class: "cm-glow" });
const WRONG = Decoration.line({ class: "cm-wrong" });
const PART = Decoration.line({ class: "cm-part" });

const glowField = field(setGlow, (state, hover) => {
  if (!hover || hover.line === null || hover.line > state.doc.lines) return Decoration.none;
  const line = state.doc.line(hover.line);
  const marks = [GLOW_LINE.range(line.from)];
  if (hover.columns) {
    const [from, to] = hover.columns.map((column) => Math.min(line.from + column, line.to)) as [
      number,
      number,
    ];
    if (from < to) marks.push(GLOW.range(from, to));
  }
  return Decoration.set(marks);
});

const wrongField = field(setWrong, (state, failure) => {
  if (!failure) return Decoration.none;
  const lines = marked(state, failure).map(({ line, loud }) =>
    (loud ? WRONG : PART).range(state.doc.line(line).from),
  );
  return Decoration.set(lines, true);
});

interface Marked {
  readonly line: number;
  /** The line where it stopped; the others only have part in it. */
  readonly loud: boolean;
  readonly words: string;
}

/** The lines that a failure names, as far as the text has them. */
function marked(state: EditorState, failure: Failure): Marked[] {
  const said = failure.hint ? `${failure.message}\n${failure.hint}` : failure.message;
  const lines = failure.also.map((one) => ({ ...one, loud: false }));
  if (failure.line !== null) lines.push({ line: failure.line, loud: true, words: said });
  return lines.filter(({ line }) => line >= 1 && line <= state.doc.lines);
}

export interface Hooks {
  readonly run: () => void;
  readonly edited: (text: string) => void;
  readonly cursor: (line: number) => void;
  readonly pointer: (line: number | null) => void;
}

/** An editor inside `parent`, whose root may be a shadow root. */
export function makeEditor(parent: Element, text: string, hooks: Hooks): EditorView {
  const root = parent.getRootNode() as Document | ShadowRoot;
  const press = (): boolean => {
    hooks.run();
    return true;
  };
  const watch = EditorView.updateListener.of((update) => {
    if (update.docChanged) hooks.edited(update.state.doc.toString());
    if (update.selectionSet && update.view.hasFocus) {
      hooks.cursor(update.state.doc.lineAt(update.state.selection.main.head).number);
    }
  });
  const pointer = EditorView.domEventHandlers({
    mousemove: (event, view) => {
      const at = view.posAtCoords({ x: event.clientX, y: event.clientY }, false);
      hooks.pointer(view.state.doc.lineAt(at).number);
    },
    mouseleave: () => hooks.pointer(null),
  });
  const extensions = [
    keymap.of([
      { key: "Mod-Enter", run: press, preventDefault: true },
      { key: "Ctrl-Enter", run: press, preventDefault: true },
    ]),
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    bracketMatching(),
    highlightActiveLine(),
    EditorView.lineWrapping,
    python(),
    syntaxHighlighting(COLOURS),
    lintGutter(),
    glowField,
    wrongField,
    keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
    EditorView.contentAttributes.of({
      "aria-label": "Program. Escape, then Tab leaves the editor",
      spellcheck: "false",
      tabindex: "0",
    }),
    watch,
    pointer,
    LOOK,
  ];
  return new EditorView({ root, parent, state: EditorState.create({ doc: text, extensions }) });
}

/** Replaces the whole text, as one change that can be undone. */
export function write(view: EditorView, text: string): void {
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    selection: { anchor: 0 },
  });
}

export function glow(view: EditorView, hover: Hover | null): void {
  view.dispatch({ effects: setGlow.of(hover) });
}

/** Marks the failure's lines: background, underline, and the words in the gutter. */
export function markFailure(view: EditorView, failure: Failure | null): void {
  view.dispatch({ effects: setWrong.of(failure) });
  const lines = failure ? marked(view.state, failure) : [];
  view.dispatch(
    setDiagnostics(
      view.state,
      lines.map((one) => diagnostic(view.state, one)),
    ),
  );
}

function diagnostic(state: EditorState, { line, loud, words }: Marked): Diagnostic {
  const { from, to, text } = state.doc.line(line);
  const start = from + (text.length - text.trimStart().length);
  return { from: Math.min(start, to), to, severity: loud ? "error" : "info", message: words };
}

/** Replaces whole lines, as one change that can be undone, and shows them. */
export function replaceLines(view: EditorView, first: number, last: number, code: string): void {
  const { doc } = view.state;
  const [from, to] = [doc.line(first).from, doc.line(Math.min(last, doc.lines)).to];
  view.dispatch({
    changes: { from, to, insert: code },
    selection: { anchor: from + code.length },
    effects: EditorView.scrollIntoView(from, { y: "center" }),
    // Undo must take back this alone, not what was typed just before.
    annotations: isolateHistory.of("full"),
  });
  view.focus();
}

/** Puts the cursor on a line and shows it. */
export function jump(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({
    selection: { anchor: from },
    effects: EditorView.scrollIntoView(from, { y: "center" }),
  });
  view.focus();
}
