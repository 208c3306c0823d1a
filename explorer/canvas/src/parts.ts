// The pieces that a card is made of.
import { type Child, h } from "./dom.js";

/** A titled part of the card; `name` gives its colour. */
export function part(name: string, title: string, ...children: Child[]): HTMLElement {
  return h(
    "section",
    { class: `part ${name}` },
    h("div", { class: "caption" }, title),
    ...children,
  );
}

/** One small fact and its name. */
export function fact(name: string, text: string): HTMLElement {
  return h("p", { class: "fact" }, h("span", { class: "quiet" }, name), h("code", {}, text));
}
