// Closed boxes: operations with their chips, groups with the profile of their gradients.
import { SHADES } from "../palette.js";
import { type Brush, colourOf, rounded, SHAPES, SPOTS, TEXTS } from "./brush.js";
import type { Rect } from "./camera.js";
import { CHIP_HEIGHT } from "./faces.js";
import { INDENT, letteringOf, NOTE_GAP, SIGN } from "./lettering.js";
import type { State } from "./moment.js";
import { NO_SHADE, shadeOf } from "./scene.js";
import { BOX, REPEAT } from "./tree.js";
import { type Chip, type Face, fontText } from "./view.js";

const RADIUS = 7;
const GROUP_RADIUS = 9;
const BAR = 5;
/** The smallest gradient still shows, above the rounded corner. */
const LEAST_LEVEL = 0.34;
const BARS_HEIGHT = 12;
/** Offset of the sheets behind a repeat. */
const SHEET = 4;
/** Width and height of a box on screen, at least. */
const LEAST_SPOT = 2;
/** Below this zoom not even titles can be read. */
const TITLES_FROM = 0.27;

const ALPHA: Readonly<Record<State, number>> = {
  later: 0.13,
  waiting: 0.66,
  now: 1,
  part: 1,
  done: 1,
};
const ASIDE = 0.16;

/** One closed box at `rect`; `alpha` for what comes or goes. */
export function paintPlate(brush: Brush, place: number, rect: Rect, alpha: number): void {
  const { ctx, palette, camera, scene, moment, marks, detail } = brush;
  const face = scene.faces[place]!;
  const state = moment.state(place);
  const at = camera.turnedRect(rect);
  const aside = marks.only !== null && marks.only.in(face) === 0;
  ctx.globalAlpha = alpha * (aside ? ASIDE : ALPHA[state]);
  const known = moment.mode === "backward" && state !== "waiting";
  const colour = known ? colourOf(palette, scene.boxShade[place]!) : palette.idle;
  if (detail === SPOTS) paintSpot(brush, face, at, state === "now" ? palette.now : colour);
  else {
    plate(brush, face, at, state);
    bar(brush, face, at, known ? scene.boxShade[place]! : NO_SHADE, colour);
    if (camera.zoom >= TITLES_FROM) words(brush, face, at);
    if (face.kind !== BOX) profile(brush, face, at);
    else if (detail === TEXTS) for (const chip of face.chips) paintChip(brush, chip, at);
  }
  badge(brush, face, at);
  ctx.globalAlpha = 1;
}

function paintSpot(
  { ctx, palette, marks, camera }: Brush,
  face: Face,
  { x, y, width, height }: Rect,
  colour: string,
): void {
  ctx.fillStyle = colour;
  // Seen from however far away.
  const least = LEAST_SPOT / camera.zoom;
  const [wide, tall] = [Math.max(width, least), Math.max(height, least)];
  ctx.fillRect(x - (wide - width) / 2, y - (tall - height) / 2, wide, tall);
  const ring = ringOf(marks, face, palette.focus, palette.glow);
  if (!ring) return;
  ctx.lineWidth = 2.5 / camera.zoom;
  ctx.strokeStyle = ring;
  ctx.strokeRect(x, y, width, height);
}

/** Colour of the ring around a box that is marked. */
function ringOf(marks: Brush["marks"], face: Face, focus: string, glow: string): string | null {
  if (marks.group === face.id || marks.focus === face.id) return focus;
  if (face.node >= 0 ? marks.node === face.node : (marks.selected?.in(face) ?? 0) > 0) return focus;
  if (marks.glow && marks.glow.in(face) > 0) return glow;
  return marks.found && marks.found.in(face) > 0 ? glow : null;
}

function plate(
  { ctx, ratio, palette, marks, detail, camera }: Brush,
  face: Face,
  { x, y, width, height }: Rect,
  state: State,
): void {
  const radius = face.kind === BOX ? RADIUS : GROUP_RADIUS;
  ctx.lineWidth = 1;
  if (face.kind === REPEAT) {
    ctx.fillStyle = palette.card;
    ctx.strokeStyle = palette.hair;
    for (const sheet of [2, 1]) {
      rounded(
        ctx,
        x + SHEET * sheet,
        y + (camera.flipped ? -SHEET : SHEET) * sheet,
        width,
        height,
        radius,
      );
      ctx.fill();
      ctx.stroke();
    }
  }
  ctx.fillStyle = face.output ? palette.output : palette.card;
  rounded(ctx, x, y, width, height, radius);
  if (state === "now" && detail > SHAPES) {
    ctx.shadowColor = palette.halo;
    ctx.shadowBlur = 18 * camera.zoom * ratio;
  }
  ctx.fill();
  ctx.shadowBlur = 0;
  ctx.shadowColor = "transparent";
  const ring = ringOf(marks, face, palette.focus, palette.glow);
  const hovered = marks.hover === face.id;
  ctx.strokeStyle =
    ring ??
    (state === "now"
      ? palette.now
      : hovered
        ? palette.focus
        : face.output
          ? palette.outputEdge
          : palette.hair);
  ctx.lineWidth =
    (ring || state === "now" ? 2.6 : hovered ? 1.7 : 1) / Math.min(1, camera.zoom * 1.4);
  ctx.stroke();
}

/** The gradient's size as a level on the left: how high and which colour. */
function bar(
  { ctx, palette }: Brush,
  face: Face,
  { x, y, height }: Rect,
  shade: number,
  colour: string,
): void {
  const radius = face.kind === BOX ? RADIUS : GROUP_RADIUS;
  const level =
    shade === NO_SHADE
      ? 1
      : shade >= SHADES
        ? 1
        : LEAST_LEVEL + ((1 - LEAST_LEVEL) * shade) / (SHADES - 1);
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(x, y, 2 * BAR + radius, height, radius);
  ctx.clip();
  ctx.fillStyle = shade === NO_SHADE ? palette.idle : palette.chip;
  ctx.fillRect(x, y, BAR, height);
  ctx.fillStyle = colour;
  if (shade !== NO_SHADE) ctx.fillRect(x, y + height * (1 - level), BAR, height * level);
  ctx.restore();
}

function words(brush: Brush, face: Face, { x, y, width }: Rect): void {
  const { ctx, palette, detail, camera } = brush;
  const lettering = letteringOf(face, camera.zoom, width);
  const middle = y + lettering.titleY;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillStyle = palette.ink;
  ctx.font = fontText("title", palette.family, lettering.title);
  ctx.fillText(face.title, x + INDENT, middle);
  if (face.kind !== BOX) {
    ctx.textAlign = "right";
    ctx.fillText("+", x + width - 9, middle);
    ctx.textAlign = "left";
  }
  if (detail < TEXTS) return;
  ctx.fillStyle = palette.quiet;
  ctx.font = fontText("note", palette.family);
  const after = INDENT + face.titleWidth * lettering.title + NOTE_GAP;
  if (face.note && after + face.noteWidth < width - (face.kind === BOX ? 0 : SIGN))
    ctx.fillText(face.note, x + after, middle + 0.5);
  if (lettering.detail) {
    ctx.font = fontText("note", palette.family, lettering.detail);
    ctx.fillText(face.detail, x + INDENT, y + lettering.detailY);
  }
  if (face.more) {
    const last = face.chips.at(-1);
    ctx.font = fontText("chip", palette.family);
    if (last)
      ctx.fillText(
        `+${face.more}`,
        x + last.x + last.width + 5,
        y + last.y + CHIP_HEIGHT / 2 + 0.5,
      );
  }
}

/** Largest gradients inside, over backward time, as far as the replay has come. */
function profile(
  { ctx, palette, scale, moment }: Brush,
  face: Face,
  { x, y, width, height }: Rect,
): void {
  const count = face.profile.length;
  const step = (width - 2 * INDENT + 2) / count;
  const progress = moment.progress(face);
  const foot = y + height - 5;
  face.profile.forEach((size, at) => {
    const shade = shadeOf(size, scale);
    const known = (at + 0.5) / count <= progress && shade !== NO_SHADE;
    const level =
      shade === NO_SHADE || !known
        ? 2
        : 2.5 + (BARS_HEIGHT - 2.5) * Math.min(1, shade / (SHADES - 1));
    ctx.fillStyle = known ? colourOf(palette, shade) : palette.idle;
    ctx.fillRect(x + INDENT + at * step, foot - level, Math.max(0.8, step - 0.7), level);
  });
}

function paintChip(
  { ctx, palette, scale, moment, marks }: Brush,
  chip: Chip,
  { x, y }: Rect,
): void {
  const [left, top] = [x + chip.x, y + chip.y];
  rounded(ctx, left, top, chip.width, CHIP_HEIGHT, 4);
  ctx.fillStyle = chip.leaf ? palette.chip : palette.input;
  ctx.fill();
  const marked =
    marks.node === chip.node
      ? palette.focus
      : marks.glow?.nodes?.has(chip.node)
        ? palette.glow
        : null;
  if (marked || !chip.leaf) {
    ctx.lineWidth = marked ? 2 : 1;
    ctx.strokeStyle = marked ?? palette.hair;
    if (!chip.leaf && !marked) ctx.setLineDash([3, 2]);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (chip.leaf) {
    const shade = moment.chipHas(chip) ? shadeOf(chip.size, scale) : NO_SHADE;
    const level = shade >= SHADES ? 1 : 0.25 + (0.75 * shade) / (SHADES - 1);
    ctx.fillStyle = colourOf(palette, shade);
    ctx.fillRect(left + 1, top + 2 + (CHIP_HEIGHT - 4) * (1 - level), 3, (CHIP_HEIGHT - 4) * level);
  }
  ctx.fillStyle = palette.quiet;
  ctx.font = fontText("chip", palette.family);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillText(chip.text, left + 8, top + CHIP_HEIGHT / 2 + 0.5);
}

/** In the corner: how much was found inside, or that a gradient is not finite. */
function badge(
  { ctx, palette, marks, moment, camera, detail }: Brush,
  face: Face,
  { x, y, width }: Rect,
): void {
  const found = marks.found?.in(face) ?? 0;
  const loud = moment.mode === "backward" && face.size !== -1 && !Number.isFinite(face.size);
  const text =
    found > 0 && face.kind !== BOX
      ? String(found)
      : loud
        ? Number.isNaN(face.size)
          ? "nan"
          : "inf"
        : "";
  if (!text) return;
  const grown = detail === SPOTS ? 0.36 / camera.zoom : 1;
  ctx.font = `700 ${10.5 * grown}px ${palette.family}`;
  const room = ctx.measureText(text).width + 10 * grown;
  rounded(ctx, x + width - room + 6 * grown, y - 10 * grown, room, 16 * grown, 8 * grown);
  ctx.fillStyle = found > 0 && face.kind !== BOX ? palette.glow : colourOf(palette, SHADES);
  ctx.fill();
  ctx.fillStyle = palette.glowInk;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x + width - room / 2 + 6 * grown, y - 1.5 * grown);
}
