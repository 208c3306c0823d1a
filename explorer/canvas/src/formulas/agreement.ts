// Whether arithmetic gives what PyTorch recorded, but for rounding.
import { numeric, place } from "../numbers.js";
import type { TensorView } from "../records.js";
import { type Part, Unknown } from "./instance.js";
import type { Tree } from "./table.js";
import { numberOf, sizeOf } from "./values.js";

/** dtype -> error allowed, relative to the numbers that were added: some dozen roundings. */
const ROUNDING: Readonly<Record<string, number>> = {
  float64: 1e-12,
  float32: 1e-5,
  float16: 4e-3,
  bfloat16: 3e-2,
};
/** Below this float32 loses digits, and at last everything. */
const FAINTEST = 1e-37;

/** Whether arithmetic gives the recorded number, but for rounding. */
export function agrees(tree: Tree, recorded: number, dtype: string): boolean {
  const mine = numberOf(tree);
  if (!Number.isFinite(recorded)) return Object.is(mine, recorded);
  const allowed = (ROUNDING[dtype] ?? 1e-5) * sizeOf(tree) + FAINTEST;
  return Math.abs(mine - recorded) <= allowed;
}

/** Whether an element comes out otherwise than recorded; one that is not known does not. */
export function differs(part: Part, flat: number, expected: TensorView): boolean {
  try {
    const worked = part.at(place(flat, part.shape));
    return !agrees(worked, numeric(expected.values[flat] ?? Number.NaN), expected.dtype);
  } catch (error) {
    if (error instanceof Unknown) return false;
    throw error;
  }
}
