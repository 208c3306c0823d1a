// Widths of texts, by the browser's own fonts where there are any.
import { FONTS, type Font, fontText, type Measure } from "./view.js";

/** Mean width of a letter relative to its size, where nothing can be measured. */
const LETTER = 0.56;

export function ruler(family: string): Measure {
  const context =
    typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1).getContext("2d");
  const known: Record<Font, Map<string, number>> = {
    title: new Map(),
    note: new Map(),
    chip: new Map(),
  };
  return (text, font) => {
    let width = known[font].get(text);
    if (width === undefined) {
      if (context) context.font = fontText(font, family);
      width = context ? context.measureText(text).width : text.length * FONTS[font].size * LETTER;
      known[font].set(text, width);
    }
    return width;
  };
}
