// Numbers and tensors as short texts for people; twin of `explorer/numbers.py`, which has the rule.
import type { Num, TensorView } from "./records.js";

const SIGNIFICANT = 4;
const WHOLE_BELOW = 1_000_000;
const LOWEST_PLAIN = -4;
export const LISTED = 4;
const GLANCE = 16;

/** The number in at most 11 characters. */
export function short(number: Num): string {
  if (typeof number === "string") return number;
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  if (Number.isInteger(number) && Math.abs(number) < WHOLE_BELOW) return String(number + 0);
  const sign = number < 0 ? "-" : "";
  // toExponential rounds the exact binary value, half away from zero.
  const [mantissa = "", power = "0"] = Math.abs(number)
    .toExponential(SIGNIFICANT - 1)
    .split("e");
  return sign + placed(mantissa.replace(".", "").replace(/0+$/, ""), Number(power));
}

/** Significant digits with the point, or the exponent, put in its place. */
function placed(digits: string, exponent: number): string {
  if (exponent < LOWEST_PLAIN || exponent >= SIGNIFICANT) {
    const point = digits.length > 1 ? "." : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits[0]}${point}${digits.slice(1)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = digits.slice(exponent + 1);
  return rest ? `${whole}.${rest}` : whole;
}

/** "scalar" for no axes, "(5)" for one, "3×4" for more. */
export function shape(sizes: readonly number[]): string {
  if (sizes.length === 0) return "scalar";
  return sizes.length === 1 ? `(${sizes[0]})` : sizes.join("×");
}

/** A tensor in a few words: number, short list, or shape and 2-norm. */
export function summary(view: TensorView): string {
  const text = listed(view);
  if (text !== null) return text;
  return view.norm === null ? shape(view.shape) : `${shape(view.shape)}  ${norm(view.norm)}`;
}

/** The summary as short as a box needs it, without the shape. */
export function glance(view: TensorView): string {
  const text = listed(view);
  if (text !== null && [...text].length <= GLANCE) return text;
  return view.norm === null ? "…" : norm(view.norm);
}

export function norm(number: Num): string {
  return `‖${short(number)}‖`;
}

export function count(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}

/** Index of the `flat`-th element, row by row. */
export function place(flat: number, sizes: readonly number[]): readonly number[] {
  const index: number[] = [];
  for (const size of [...sizes].reverse()) {
    index.unshift(flat % size);
    flat = Math.floor(flat / size);
  }
  return index;
}

/** All elements as a nested list; null for tensors of many, none or unknown elements. */
function listed(view: TensorView): string | null {
  const elements = count(view.shape);
  if (elements === 0 || elements > LISTED || view.values.length < elements) return null;
  let texts = view.values.slice(0, elements).map((_, index) => element(view, index));
  for (const size of [...view.shape].reverse()) texts = grouped(texts, size);
  return texts[0] ?? null;
}

/** One element as text, with both parts where the tensor is complex. */
export function element(view: TensorView, index: number): string {
  const real = short(view.values[index] ?? 0);
  if (view.imag === null) return real;
  const imaginary = short(view.imag[index] ?? 0);
  return `${real}${imaginary.startsWith("-") ? "" : "+"}${imaginary}j`;
}

function grouped(texts: readonly string[], size: number): string[] {
  const rows: string[] = [];
  for (let row = 0; row < texts.length; row += size) {
    rows.push(`[${texts.slice(row, row + size).join(", ")}]`);
  }
  return rows;
}

/** The number for arithmetic: words become what they name. */
export function numeric(number: Num): number {
  if (typeof number === "number") return number;
  return number === "nan" ? Number.NaN : number === "inf" ? Infinity : -Infinity;
}

/** A size in memory with its unit. */
export function bytes(size: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : short(size)} ${units[unit]}`;
}
