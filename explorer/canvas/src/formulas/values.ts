// The value of a tree of numbers; twin of `explorer/formulas/values.py`.
import type { Tree } from "./table.js";

/** What a tree without symbols comes to; a comparison is 1 or 0. */
export function numberOf(tree: Tree): number {
  if (typeof tree === "string") return Math.PI;
  if (typeof tree === "number") return tree;
  const [name, ...parts] = tree;
  if (name === "#") return parts[0] as number;
  if (name === "if") return numberOf(numberOf(at(parts, 0)) ? at(parts, 1) : at(parts, 2));
  if (name === "cmp") return Number(holds(parts));
  const calculate = CALCULATIONS[name];
  if (!calculate) throw new Error(`no arithmetic for ${name}`);
  return calculate(...parts.map(numberOf));
}

/** The size of the numbers that were added on the way: what rounding errors grow with. */
export function sizeOf(tree: Tree): number {
  if (typeof tree !== "object") return Math.abs(numberOf(tree));
  const [name, ...parts] = tree;
  switch (name) {
    case "+":
    case "-":
    case "sum":
      return parts.map(sizeOf).reduce((a, b) => a + b, 0);
    case "*":
    case "prod":
      return parts.map(sizeOf).reduce((a, b) => a * b, 1);
    case "/":
      return sizeOf(at(parts, 0)) / Math.abs(numberOf(at(parts, 1)));
    case "neg":
      return sizeOf(at(parts, 0));
    case "if":
      return sizeOf(numberOf(at(parts, 0)) ? at(parts, 1) : at(parts, 2));
    default:
      return Math.abs(numberOf(tree));
  }
}

export function at<T>(parts: readonly T[], place: number): T {
  const part = parts[place];
  if (part === undefined) throw new Error("a part of a formula is missing");
  return part;
}

function holds(parts: readonly Tree[]): boolean {
  for (let place = 1; place < parts.length; place += 2) {
    const compare = COMPARISONS[parts[place] as string];
    if (!compare?.(numberOf(at(parts, place - 1)), numberOf(at(parts, place + 1)))) return false;
  }
  return true;
}

/** 7.1.26 of Abramowitz and Stegun would be too coarse: a series near 0, a fraction further out. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6 || Number.isNaN(x)) return Math.sign(x);
  if (size < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) fraction = n / 2 / (size + fraction);
  const rest = Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction);
  return Math.sign(x) * (1 - rest);
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

type Calculation = (...numbers: number[]) => number;

const CALCULATIONS: Readonly<Record<string, Calculation>> = {
  "+": (a = 0, b = 0) => a + b,
  "-": (a = 0, b = 0) => a - b,
  "*": (a = 0, b = 0) => a * b,
  "/": (a = 0, b = 0) => a / b,
  "**": (a = 0, b = 0) => a ** b,
  neg: (a = 0) => -a,
  sum: (...terms) => terms.reduce((a, b) => a + b, 0),
  prod: (...factors) => factors.reduce((a, b) => a * b, 1),
  max: Math.max,
  min: Math.min,
  exp: Math.exp,
  ln: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sigmoid: (a = 0) => 1 / (1 + Math.exp(-a)),
  Phi: (a = 0) => (1 + erf(a / Math.SQRT2)) / 2,
  phi: (a = 0) => Math.exp((-a * a) / 2) / Math.sqrt(2 * Math.PI),
  erf: (a = 0) => erf(a),
};
