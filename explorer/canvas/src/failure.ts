// The box under the code: what went wrong, on which lines, what to do, and a change to take over.
import { copied } from "./clipboard.js";
import { button, type Child, h, setText } from "./dom.js";
import type { Also, Failure, Fix, Trace } from "./records.js";

const TITLES: Readonly<Record<string, string>> = {
  syntax: "This is not Python",
  refused: "This page does not run that",
  error: "The program stopped with an error",
  timeout: "The program took too long",
  memory: "The program needs too much memory",
  crash: "The program crashed",
  too_large: "Too large",
  stopped: "Stopped",
  busy: "Everything is busy right now",
  no_gradient: "Nothing to differentiate",
};

/** The text that the box speaks of, and what it can do with it. */
export interface Hands {
  /** The program as it ran. */
  readonly source: string;
  /** Brings the cursor to a line. */
  readonly jump: (line: number) => void;
  /** Puts a change into the text. */
  readonly apply: (fix: Fix) => void;
}

export function failureBox(failure: Failure, hands: Hands): HTMLElement {
  const { line, also, fix } = failure;
  return h(
    "div",
    {
      class: "failure",
      "data-testid": "explorer-failure",
      "data-kind": failure.kind,
      role: "alert",
    },
    h("strong", {}, TITLES[failure.kind] ?? "It did not work"),
    h(
      "p",
      {},
      line === null ? null : lineButton(line, hands.jump),
      " ",
      ...withCode(failure.message),
    ),
    also.length ? h("ul", { class: "also" }, ...also.map((one) => part(one, hands.jump))) : null,
    failure.hint ? h("p", { class: "advice" }, ...withCode(failure.hint)) : null,
    fix ? fixBox(fix, hands) : null,
    failure.details
      ? h(
          "details",
          {},
          h("summary", {}, "In Python's own words"),
          h("pre", { tabindex: 0 }, failure.details),
        )
      : null,
  );
}

function part({ line, words }: Also, jump: (line: number) => void): HTMLElement {
  return h("li", {}, lineButton(line, jump), " ", ...withCode(words));
}

function lineButton(line: number, jump: (line: number) => void): HTMLElement {
  return button(`Go to line ${line}`, () => jump(line), { class: "small" }, `Line ${line}`);
}

/** The changed lines, to take over or to copy. */
function fixBox(fix: Fix, { source, apply }: Hands): HTMLElement {
  const old = source
    .split("\n")
    .slice(fix.line - 1, fix.until)
    .join("\n");
  const parts = changes(old, fix.code);
  const code = h("pre", { tabindex: 0, "aria-label": "Changed code" });
  const show = (shown: readonly [string, boolean][]): void =>
    code.replaceChildren(...shown.map(([text, is]) => (is ? h("mark", {}, text) : text)));
  const brief = abridged(parts);
  show(brief ?? parts);
  const said = h("span", { class: "quiet", role: "status" });
  const where = fix.until > fix.line ? `lines ${fix.line}–${fix.until}` : `line ${fix.line}`;
  const bar = h(
    "div",
    { class: "fix-bar" },
    button("Put this into the program", () => apply(fix), { class: "small take" }, "Put it in"),
  );
  const whole = button("Show all lines of it", () => all(), { class: "small" }, "Show all");
  const all = (): void => {
    show(parts);
    whole.remove();
  };
  const copyAll = (): void => {
    all();
    void copy(code, said);
  };
  bar.append(button("Copy this", copyAll, { class: "small" }, "Copy"));
  if (brief) bar.append(whole);
  bar.append(said);
  return h(
    "div",
    { class: "fix", "data-testid": "explorer-fix" },
    h("p", {}, `Change ${where} to`),
    code,
    bar,
  );
}

/** Lines of a change that are shown whole. */
const BRIEF = 12;
const LEFT_OUT = "⋯\n";

/** The new lines of a long change, each with the lines beside it; null for a short one. */
export function abridged(parts: readonly [string, boolean][]): [string, boolean][] | null {
  const lines = wholeLines(parts);
  if (lines.length <= BRIEF) return null;
  const kept = lines.map((_, at) => lines.slice(Math.max(0, at - 1), at + 2).some(([, is]) => is));
  return lines.flatMap((line, at): [string, boolean][] => {
    if (kept[at]) return [line];
    return at === 0 || kept[at - 1] ? [[LEFT_OUT, false]] : [];
  });
}

function wholeLines(parts: readonly [string, boolean][]): [string, boolean][] {
  const lines: [string, boolean][] = [];
  for (const [text, is] of parts)
    for (const piece of text.split(/(?<=\n)/)) {
      const [begun, was] = lines.at(-1)?.[0].endsWith("\n")
        ? ["", false]
        : (lines.pop() ?? ["", false]);
      lines.push([begun + piece, was || is]);
    }
  return lines;
}

/** A text in parts, and whether each is new: line by line, where there are as many as before. */
export function changes(old: string, now: string): [string, boolean][] {
  const [was, is] = [old.split("\n"), now.split("\n")];
  if (is.length === 1 || was.length !== is.length) {
    const [before, changed, after] = difference(old, now);
    const parts: [string, boolean][] = [
      [before, false],
      [changed, true],
      [after, false],
    ];
    return parts.filter(([text]) => text !== "");
  }
  return is.flatMap((line, at): [string, boolean][] => {
    const end: [string, boolean] = ["\n", false];
    return at < is.length - 1 ? [[line, line !== was[at]], end] : [[line, line !== was[at]]];
  });
}

/** A text in three parts, of which the middle one is not in the old text: whole lines, if several. */
export function difference(old: string, now: string): [string, string, string] {
  const unit = `${old}${now}`.includes("\n") ? /(?<=\n)/ : "";
  const [was, is] = [old.split(unit), now.split(unit)];
  const most = Math.min(was.length, is.length);
  let start = 0;
  while (start < most && was[start] === is[start]) start++;
  let end = 0;
  while (end < most - start && was.at(-1 - end) === is.at(-1 - end)) end++;
  const behind = is.length - end;
  const parts = [is.slice(0, start), is.slice(start, behind), is.slice(behind)];
  return parts.map((part) => part.join("")) as [string, string, string];
}

async function copy(code: HTMLElement, said: HTMLElement): Promise<void> {
  const done = await copied(code.textContent ?? "", code);
  setText(said, done ? "Copied." : "Selected: copy it with the keyboard.");
}

/** How a note begins that is a hint, with the line that it is about. */
const HINT = /^Hint: (?:line (\d+): )?(.*)$/s;

/** What is probably not meant, though nothing failed; null where there is nothing to say. */
export function hintBox({ notes, fixes }: Trace, hands: Hands): HTMLElement | null {
  const hints = notes.map((note) => HINT.exec(note)).filter((found) => found !== null);
  if (hints.length === 0) return null;
  return h(
    "ul",
    { class: "hints", "data-testid": "explorer-hints", "aria-label": "Hints" },
    ...hints.map(([note, line, words = ""]) => {
      const [at, fix] = [line ? lineButton(Number(line), hands.jump) : null, fixes[note]];
      return h("li", {}, at, " ", ...withCode(capital(words)), fix ? fixBox(fix, hands) : null);
    }),
  );
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What stands between two backticks is code; all of it stays text. */
export function withCode(sentence: string): Child[] {
  return sentence.split("`").map((part, at) => (at % 2 === 1 ? h("code", {}, part) : part));
}
