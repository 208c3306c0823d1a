// The picture on screen as an SVG file that looks the same without the page around it.
import { h } from "./dom.js";
import type { Bounds } from "./picture.js";

/** What style sheets give an element of the picture. */
const STYLES = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "opacity",
  "visibility",
  "font-family",
  "font-size",
  "font-weight",
  "font-style",
  "text-anchor",
] as const;

/** The whole of a figure, whatever part of it is in the window. */
export function svgOf(figure: SVGSVGElement, { x, y, width, height }: Bounds): string {
  const copy = figure.cloneNode(true) as SVGSVGElement;
  const drawn = [...figure.querySelectorAll<SVGElement>("*")];
  [...copy.querySelectorAll<SVGElement>("*")].forEach((element, at) => {
    const original = drawn[at];
    if (original) settle(element, getComputedStyle(original));
  });
  for (const unseen of copy.querySelectorAll(".touch")) unseen.remove();
  for (const element of [copy, ...copy.querySelectorAll("*")])
    for (const name of element.getAttributeNames())
      if (/^(class|tabindex|role|aria-|data-)/.test(name)) element.removeAttribute(name);
  copy.querySelector("g")?.style.removeProperty("transform"); // where the camera stood
  copy.setAttribute("viewBox", [x, y, width, height].join(" "));
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.style.background = getComputedStyle(figure).getPropertyValue("--sheet");
  return new XMLSerializer().serializeToString(copy);
}

function settle(element: SVGElement, style: CSSStyleDeclaration): void {
  for (const name of STYLES) element.style.setProperty(name, style.getPropertyValue(name));
}

/** Hands a text to the reader as a file. */
export function save(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
