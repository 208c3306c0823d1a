// What colour and width of an arrow mean, with the scale of this pass.
import type { Moment } from "./boxes.js";
import { h } from "./dom.js";
import { RAMPS } from "./palette.js";
import type { PictureName } from "./toolbar.js";

const SUPERSCRIPT: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

export function power(exponent: number): string {
  return `10${[...String(exponent)].map((digit) => SUPERSCRIPT[digit] ?? "").join("")}`;
}

export function legend({ replay, mode, theme }: Moment, picture: PictureName): HTMLElement {
  const { scale, pass } = replay;
  const classic = picture === "classic";
  const boxes = [key("value", "value"), key("grad", "gradient")];
  if (picture === "dressed" && pass.nodes.some((node) => node.made_in !== null))
    boxes.push(key("made", "made by an earlier backward"));
  // Cuts stand last, and to look at 100,000 nodes would take longer than to paint them.
  if (!classic && pass.nodes.at(-1)?.kind === "cut")
    boxes.push(key("cut", "✂ cut off: no gradient"));
  if (mode === "forward" || classic)
    return h("div", { class: "legend" }, ...(classic ? [] : boxes));
  const ramp = h("span", { class: "ramp" });
  const shades = RAMPS[theme].filter((_, index) => index % 9 === 0);
  ramp.style.background = `linear-gradient(to right, ${shades.join(",")})`;
  return h(
    "div",
    { class: "legend" },
    ...boxes,
    h(
      "span",
      { class: "scale" },
      h("span", { title: "On a log scale" }, "gradient's norm"),
      h("span", {}, power(scale.low)),
      ramp,
      h("span", {}, power(scale.high)),
    ),
    key("wild", "NaN or infinite"),
    key("nothing", "nothing sent"),
  );
}

function key(name: string, text: string): HTMLElement {
  return h("span", { class: `key ${name}` }, h("i", { "aria-hidden": "true" }), text);
}
