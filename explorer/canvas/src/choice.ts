// Which picture of a pass is shown: the reader's choice where it can be had, else what suits its size.
import type { Pass } from "./records.js";
import { classicName, type Lens, type PictureName } from "./toolbar.js";

/** Boxes beyond which the folded view opens first: torchviz's picture no longer fits a screen. */
const FOLDED_FROM = 100;

export function pictureOf(pass: Pass | null, { picture }: Lens): PictureName {
  if (!pass || pass.nodes.length === 0) return "dressed";
  if (!pass.drawing) return "explorer";
  return picture ?? (pass.drawing.boxes > FOLDED_FROM ? "explorer" : "dressed");
}

/** The DOT text of a picture; null where there is none. */
export function textOf(pass: Pass, picture: PictureName, lens: Lens): string | null {
  if (!pass.drawing) return null;
  return picture === "classic"
    ? (pass.drawing.classic[classicName(lens)] ?? null)
    : pass.drawing.dressed;
}
