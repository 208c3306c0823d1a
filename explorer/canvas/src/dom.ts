// Elements in one expression. Text goes in as text nodes only, never as markup.

export type Child = Node | string | null | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/** An HTML element; attributes that are null or false are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return filled(
    document.createElementNS(SVG, tag) as SVGElementTagNameMap[K],
    attributes,
    children,
  );
}

/** A MathML element. */
export function m(tag: string, attributes: Attributes = {}, ...children: Child[]): MathMLElement {
  return filled(document.createElementNS(MATHML, tag), attributes, children);
}

function filled<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Sets, or takes away where the value is null or false. */
export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | null | undefined,
): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** A button with its listener. */
export function button(
  label: string,
  press: () => void,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLButtonElement {
  const it = h(
    "button",
    { type: "button", "aria-label": label, title: label, ...attributes },
    ...children,
  );
  it.addEventListener("click", press);
  return it;
}

/** Replaces the text only where it differs, so that nothing is announced or laid out twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
