// What is in the window as an SVG file.
import { SHADES } from "../palette.js";
import { colourOf } from "./brush.js";
import { type Camera, meets, type Rect } from "./camera.js";
import type { Palette } from "./colours.js";
import { CHIP_HEIGHT } from "./faces.js";
import type { Scene } from "./scene.js";
import { FONTS, type Font } from "./view.js";

const BAR = 5;

/** The scene as far as it is in the window, with all gradients known. */
export function svgOf(scene: Scene, camera: Camera, palette: Palette): string {
  const window = camera.window;
  const parts: string[] = [];
  for (const at of scene.opened)
    if (meets(scene.rect(at), window)) parts.push(frame(scene, at, camera, palette));
  for (const edge of scene.edgesBetween(window.y, window.y + window.height))
    parts.push(wire(scene, edge, camera, palette));
  for (const at of scene.boxesBetween(window.y, window.y + window.height)) {
    if (meets(scene.rect(at), window)) parts.push(plate(scene, at, camera, palette));
  }
  const { x, y } = camera.turnedRect(window);
  const view = [x, y, window.width, window.height].map(digits).join(" ");
  const [width, height] = [digits(camera.width), digits(camera.height)];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${view}" font-family="${escaped(palette.family)}">` +
    `<rect x="${digits(x)}" y="${digits(y)}" width="${digits(window.width)}" height="${digits(window.height)}" fill="${palette.sheet}"/>` +
    `${parts.join("")}</svg>`
  );
}

function digits(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function rect({ x, y, width, height }: Rect, radius: number, rest: string): string {
  return `<rect x="${digits(x)}" y="${digits(y)}" width="${digits(width)}" height="${digits(height)}" rx="${radius}" ${rest}/>`;
}

function text(words: string, x: number, y: number, font: Font, fill: string): string {
  const { size, weight } = FONTS[font];
  return (
    words &&
    `<text x="${digits(x)}" y="${digits(y + size * 0.35)}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(words)}</text>`
  );
}

function frame(scene: Scene, at: number, camera: Camera, palette: Palette): string {
  const box = camera.turnedRect(scene.rect(at));
  const face = scene.faces[at]!;
  const title = text(
    face.title,
    box.x + 12,
    camera.flipped ? box.y + box.height - 15 : box.y + 15,
    "title",
    palette.ink,
  );
  return rect(box, 10, `fill="${palette.group}" stroke="${palette.groupEdge}"`) + title;
}

function wire(scene: Scene, edge: number, camera: Camera, palette: Palette): string {
  const { from, points } = scene.view.edges;
  const route = points.subarray(from[edge]!, from[edge + 1]!);
  const y = (value: number): string => digits(camera.turned(value));
  let path = `M${digits(route[0]!)} ${y(route[1]!)}V${y(route[2]!)}`;
  for (let i = 3; i < route.length; i += 3) {
    const [x, top, bottom, beforeX, before] = [
      route[i]!,
      route[i + 1]!,
      route[i + 2]!,
      route[i - 3]!,
      route[i - 1]!,
    ];
    const bow = (top - before) * 0.55;
    path += `C${digits(beforeX)} ${y(before + bow)} ${digits(x)} ${y(top - bow)} ${digits(x)} ${y(top)}V${y(bottom)}`;
  }
  const colour = colourOf(palette, scene.edgeShade[edge]!);
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${digits(scene.edgeWidth[edge]!)}"/>`;
}

function plate(scene: Scene, at: number, camera: Camera, palette: Palette): string {
  const face = scene.faces[at]!;
  const box = camera.turnedRect(scene.rect(at));
  const shade = scene.boxShade[at]!;
  const level = shade >= SHADES ? 1 : 0.34 + (0.66 * shade) / (SHADES - 1);
  const bar = {
    x: box.x,
    y: box.y + box.height * (1 - level),
    width: BAR,
    height: box.height * level,
  };
  const middle = box.y + (face.node < 0 ? 16 : 14.5);
  const chips = face.chips.map((chip) => {
    const place = { x: box.x + chip.x, y: box.y + chip.y, width: chip.width, height: CHIP_HEIGHT };
    return (
      rect(place, 4, `fill="${palette.chip}"`) +
      text(chip.text, place.x + 8, place.y + CHIP_HEIGHT / 2, "chip", palette.quiet)
    );
  });
  return [
    rect(
      box,
      8,
      `fill="${face.output ? palette.output : palette.card}" stroke="${face.output ? palette.outputEdge : palette.hair}"`,
    ),
    rect(bar, 2, `fill="${colourOf(palette, shade)}"`),
    text(face.title, box.x + 14, middle, "title", palette.ink),
    text(face.note, box.x + 22 + face.titleWidth, middle, "note", palette.quiet),
    text(face.detail, box.x + 14, box.y + 32, "note", palette.quiet),
    ...chips,
  ].join("");
}
