// How wide a text is in the page's own font, without asking the browser for a layout.

const REFERENCE = 100;
let context: CanvasRenderingContext2D | null = null;
let family = "sans-serif";

/** Takes the font of an element for what is measured from now on. */
export function measureLike(element: Element): void {
  family = getComputedStyle(element).fontFamily || family;
}

/** Width of a text in its own size: 5 for a text as wide as five of its heights. */
export function widthOf(text: string, weight: number): number {
  context ??= document.createElement("canvas").getContext("2d");
  if (!context) return text.length * 0.6;
  context.font = `${weight} ${REFERENCE}px ${family}`;
  return context.measureText(text).width / REFERENCE;
}
