// The box under the code: what went wrong, on which line, what to do.
import { button, type Child, h } from "./dom.js";
import type { Failure } from "./records.js";

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

/** `jump` brings the cursor to the line. */
export function failureBox(failure: Failure, jump: (line: number) => void): HTMLElement {
  const { line } = failure;
  const where =
    line === null
      ? null
      : button(`Go to line ${line}`, () => jump(line), { class: "small" }, `Line ${line}`);
  return h(
    "div",
    {
      class: "failure",
      "data-testid": "explorer-failure",
      "data-kind": failure.kind,
      role: "alert",
    },
    h("strong", {}, TITLES[failure.kind] ?? "It did not work"),
    h("p", {}, where, " ", ...withCode(failure.message)),
    failure.hint ? h("p", { class: "advice" }, ...withCode(failure.hint)) : null,
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

/** What stands between two backticks is code; all of it stays text. */
export function withCode(sentence: string): Child[] {
  return sentence.split("`").map((part, at) => (at % 2 === 1 ? h("code", {}, part) : part));
}
