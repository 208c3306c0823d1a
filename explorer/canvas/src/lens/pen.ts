// What painting needs of a canvas, and a second maker of it: the same strokes, written as SVG.

type Used =
  | "fillStyle"
  | "strokeStyle"
  | "lineWidth"
  | "lineJoin"
  | "globalAlpha"
  | "font"
  | "textAlign"
  | "textBaseline"
  | "shadowColor"
  | "shadowBlur"
  | "setTransform"
  | "save"
  | "restore"
  | "clip"
  | "beginPath"
  | "moveTo"
  | "lineTo"
  | "bezierCurveTo"
  | "arc"
  | "roundRect"
  | "fill"
  | "stroke"
  | "setLineDash"
  | "fillRect"
  | "strokeRect"
  | "fillText"
  | "strokeText";

export interface Pen extends Pick<CanvasRenderingContext2D, Used> {
  measureText(text: string): { readonly width: number };
}

/** Width of a text in a font as CSS writes it. */
export type Width = (text: string, font: string) => number;

interface Shape {
  d: string;
  readonly fill: string;
  stroke: string;
  readonly rest: string;
}

/** From the middle of a line of text to its baseline, relative to its size. */
const MIDDLE = 0.35;
const ANCHOR: Readonly<Record<string, string>> = { center: "middle", right: "end" };

/** Draws like a canvas, as far as the lens does. Fills of one colour in a row become one path. */
export class SvgPen implements Pen {
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  globalAlpha = 1;
  font = "";
  textAlign: CanvasTextAlign = "left";
  textBaseline: CanvasTextBaseline = "alphabetic";
  shadowColor = "transparent";
  shadowBlur = 0;
  private readonly parts: string[] = [];
  private readonly blurs = new Map<number, string>();
  /** Per `save`: the style to go back to, and whether a group was opened since, for a clip. */
  private readonly saved: { readonly style: Partial<SvgPen>; clipped: boolean }[] = [];
  private clips = 0;
  private scale = 1;
  private path = "";
  private dash = "";
  private last: Shape | null = null;
  /** Outline of the text that is filled next. */
  private outline = "";
  private opened = false;

  constructor(private readonly width: Width) {}

  setTransform(a?: number | DOMMatrix2DInit, ...rest: number[]): void {
    this.flush();
    const [b, c, d, e, f] = rest;
    this.scale = Number(a);
    if (this.opened) this.parts.push("</g>");
    this.opened = true;
    this.parts.push(`<g transform="matrix(${[this.scale, b, c, d, e, f].join(" ")})">`);
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, globalAlpha, font, dash } = this;
    const style = { fillStyle, strokeStyle, lineWidth, globalAlpha, font, dash };
    this.saved.push({ style, clipped: false });
  }

  restore(): void {
    const saved = this.saved.pop();
    if (saved?.clipped) this.markup("</g>");
    Object.assign(this, saved?.style);
  }

  /** Holds until `restore`. */
  clip(): void {
    const saved = this.saved.at(-1);
    if (!saved || saved.clipped) throw new Error("a clip needs a save of its own");
    saved.clipped = true;
    const id = `clip${this.clips++}`;
    this.markup(
      `<clipPath id="${id}"><path d="${this.path}"/></clipPath><g clip-path="url(#${id})">`,
    );
  }

  beginPath(): void {
    this.path = "";
  }

  moveTo(x: number, y: number): void {
    this.path += `M${digits(x)} ${digits(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `L${digits(x)} ${digits(y)}`;
  }

  bezierCurveTo(...points: [number, number, number, number, number, number]): void {
    this.path += `C${points.map(digits).join(" ")}`;
  }

  /** A whole circle, whatever the angles say. */
  arc(x: number, y: number, radius: number): void {
    this.path += circle(x, y, radius);
  }

  roundRect(x: number, y: number, width: number, height: number, radius: number): void {
    this.path += rounded(x, y, width, height, Math.min(radius, width / 2, height / 2));
  }

  fill(): void {
    if (this.shadowBlur > 0 && this.shadowColor !== "transparent")
      this.shape(this.path, paint("fill", this.shadowColor), ` filter="url(#${this.blur()})"`);
    this.shape(this.path, paint("fill", this.fillStyle));
  }

  stroke(): void {
    if (this.last?.d !== this.path || this.last.stroke || this.last.rest !== this.faded())
      this.shape(this.path, ' fill="none"');
    this.last!.stroke = this.line() + this.dash;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.shape(rectangle(x, y, width, height), paint("fill", this.fillStyle));
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.shape(rectangle(x, y, width, height), ' fill="none"');
    this.last!.stroke = this.line() + this.dash;
  }

  setLineDash(dash: Iterable<number>): void {
    const lengths = [...dash];
    this.dash = lengths.length ? ` stroke-dasharray="${lengths.join(" ")}"` : "";
  }

  measureText(text: string): { width: number } {
    return { width: this.width(text, this.font) };
  }

  /** Is drawn below the same text when that is filled. */
  strokeText(): void {
    this.outline = `${this.line()} stroke-linejoin="${this.lineJoin}" paint-order="stroke"`;
  }

  fillText(text: string, x: number, y: number): void {
    const [weight, size] = this.font.split(/ |px/);
    const base = this.textBaseline === "middle" ? y + Number(size) * MIDDLE : y;
    const anchor = ANCHOR[this.textAlign];
    this.markup(
      `<text x="${digits(x)}" y="${digits(base)}" font-size="${digits(Number(size))}" font-weight="${weight}"` +
        `${anchor ? ` text-anchor="${anchor}"` : ""}${paint("fill", this.fillStyle)}${this.outline}` +
        `${this.faded()} xml:space="preserve">${escaped(text)}</text>`,
    );
    this.outline = "";
  }

  /** The file; `family` is the font of all its texts. */
  file(width: number, height: number, family: string): string {
    this.flush();
    const blurs = [...this.blurs].map(
      ([blur, id]) =>
        `<filter id="${id}" x="-1" y="-1" width="3" height="3"><feGaussianBlur stdDeviation="${blur}"/></filter>`,
    );
    const size = `width="${digits(width)}" height="${digits(height)}" viewBox="0 0 ${digits(width)} ${digits(height)}"`;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${escaped(family)}">` +
      `${blurs.join("")}${this.parts.join("")}${this.opened ? "</g>" : ""}</svg>`
    );
  }

  private shape(d: string, fill: string, filter = ""): void {
    const rest = this.faded() + filter;
    const { last } = this;
    if (last && !last.stroke && last.fill === fill && last.rest === rest) last.d += d;
    else {
      this.flush();
      this.last = { d, fill, stroke: "", rest };
    }
  }

  private flush(): void {
    const { last } = this;
    if (last) this.parts.push(`<path d="${last.d}"${last.fill}${last.stroke}${last.rest}/>`);
    this.last = null;
  }

  private markup(text: string): void {
    this.flush();
    this.parts.push(text);
  }

  private line(): string {
    return `${paint("stroke", this.strokeStyle)} stroke-width="${digits(this.lineWidth)}"`;
  }

  private faded(): string {
    return this.globalAlpha < 1 ? ` opacity="${digits(this.globalAlpha)}"` : "";
  }

  /** Filter for a shadow; a canvas measures it in pixels on screen. */
  private blur(): string {
    const deviation = Number(digits(this.shadowBlur / 2 / this.scale));
    const id = this.blurs.get(deviation) ?? `blur${this.blurs.size}`;
    this.blurs.set(deviation, id);
    return id;
  }
}

function digits(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A colour as every reader of SVG knows it: "rgb(1 2 3 / 4%)" is younger than most of them. */
function paint(name: "fill" | "stroke", colour: string): string {
  const [, red, green, blue, part] = /^rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)%\)$/.exec(colour) ?? [];
  if (part === undefined) return ` ${name}="${escaped(colour)}"`;
  return ` ${name}="rgb(${red},${green},${blue})" ${name}-opacity="${Number(part) / 100}"`;
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${digits(x)} ${digits(y)}h${digits(width)}v${digits(height)}h${digits(-width)}z`;
}

function rounded(x: number, y: number, width: number, height: number, radius: number): string {
  const [across, down] = [digits(width - 2 * radius), digits(height - 2 * radius)];
  const corner = (dx: number, dy: number): string =>
    `a${digits(radius)} ${digits(radius)} 0 0 1 ${digits(dx)} ${digits(dy)}`;
  return (
    `M${digits(x + radius)} ${digits(y)}h${across}${corner(radius, radius)}v${down}` +
    `${corner(-radius, radius)}h-${across}${corner(-radius, -radius)}v-${down}${corner(radius, -radius)}z`
  );
}

function circle(x: number, y: number, radius: number): string {
  const half = (way: number): string =>
    `a${digits(radius)} ${digits(radius)} 0 0 1 ${digits(2 * radius * way)} 0`;
  return `M${digits(x - radius)} ${digits(y)}${half(1)}${half(-1)}z`;
}

/** Text of a program may hold anything; XML may not, however it is written. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
