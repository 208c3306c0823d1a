// One style sheet for all views, shared by every shadow root that shows one.
import base from "./style/base.css";
import card from "./style/card.css";
import editor from "./style/editor.css";
import figure from "./style/figure.css";
import tables from "./style/tables.css";
import transport from "./style/transport.css";
import words from "./style/words.css";

let sheet: CSSStyleSheet | null = null;

/** Gives a root our style, once. */
export function dress(root: ShadowRoot | Document): void {
  sheet ??= filled();
  if (!root.adoptedStyleSheets.includes(sheet))
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

function filled(): CSSStyleSheet {
  const it = new CSSStyleSheet();
  it.replaceSync([base, figure, transport, card, editor, tables, words].join("\n"));
  return it;
}
