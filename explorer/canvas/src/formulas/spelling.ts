// A tree as one line of text; twin of `explorer/formulas/spelling.py`.
import { short } from "../numbers.js";
import { FUNCTIONS, SYMBOLS, type Tree } from "./table.js";
import { at } from "./values.js";

/** How closely a text holds together. What holds less than its place asks for gets brackets. */
export const enum Level {
  Choice,
  Comparison,
  Sum,
  Sign,
  Product,
  Atom,
}

export const SIGNS: Readonly<Record<string, string>> = {
  "<": "<",
  "<=": "≤",
  ">": ">",
  ">=": "≥",
  "==": "=",
  "!=": "≠",
};
const RAISED: Readonly<Record<number, string>> = { 2: "²", 3: "³" };
/** Numbers in a term -> terms of a sum that are all shown; of longer sums one less, or one. */
const WHOLE_SUMS: Readonly<Record<number, number>> = { 1: 4, 2: 4, 3: 3 };
/** Templates that need no brackets: a word without a gap, a call, a size. */
const ONE_PIECE = /^(?:\S*|[^ ]+\(.*\)|\|.*\|)$/;
/** Templates that stick to their argument and need it in one piece. */
const STICKING: ReadonlySet<string> = new Set(["{0}ᵀ", "{0}⁻¹"]);

type Spelled = readonly [string, Level];
export type Names = ReadonlyMap<string, string>;
export type Words = Readonly<Record<string, string>>;

/** How functions are spelled in one row. */
export function templatesOf(words: Words | undefined): Words {
  return words ? { ...FUNCTIONS, ...words } : FUNCTIONS;
}

/** Whether a sum stands as in the table, `sum(x)` or `sum(x, d)`, not as its terms. */
export function isWritten(parts: readonly Tree[]): boolean {
  return parts.length === 1 || typeof parts[1] === "string";
}

/** The terms of a long sum that are shown. */
export function shownOf(parts: readonly Tree[]): readonly Tree[] {
  const most = WHOLE_SUMS[leaves(at(parts, 0))] ?? 1;
  return parts.length <= most ? parts : parts.slice(0, Math.max(1, most - 1));
}

/** How many numbers and symbols a tree shows. */
function leaves(tree: Tree): number {
  if (typeof tree !== "object" || tree[0] === "#") return 1;
  const [name, ...parts] = tree;
  const shown = name === "cmp" ? parts.filter((_, place) => place % 2 === 0) : parts;
  return shown.map(leaves).reduce((a, b) => a + b, 0);
}

export function levelOf(template: string): Level {
  return ONE_PIECE.test(template) ? Level.Atom : Level.Choice;
}

/** Writes trees; `words` are the functions of one row, `names` what symbols are called here. */
export class Speller {
  private readonly templates: Words;

  constructor(
    words?: Words,
    private readonly names: Names = new Map(),
  ) {
    this.templates = templatesOf(words);
  }

  spell(tree: Tree): string {
    return this.spelled(tree)[0];
  }

  /** The symbols that the text shows, as often as it does. */
  *visible(tree: Tree): Generator<string> {
    if (typeof tree === "string") yield tree;
    if (typeof tree !== "object") return;
    const [name, ...all] = tree;
    const template = this.templates[name];
    const parts = name === "cmp" ? all.filter((_, place) => place % 2 === 0) : all;
    for (const [place, part] of parts.entries())
      if (template === undefined || template.includes(`{${place}}`)) yield* this.visible(part);
  }

  private spelled(tree: Tree): Spelled {
    if (typeof tree === "string")
      return [this.names.get(tree) ?? SYMBOLS[tree] ?? tree, Level.Atom];
    if (typeof tree === "number") return [String(tree), Level.Atom];
    const [name, ...parts] = tree;
    const [a, b, c] = parts as [Tree, Tree, Tree];
    switch (name) {
      case "#":
        return numbered(a as number);
      case "list":
        return [`[${parts.map((part) => short(part as number)).join(", ")}]`, Level.Atom];
      case "if":
        return [
          `${this.in(b, Level.Comparison)} if ${this.spell(a)} else ${this.in(c, Level.Comparison)}`,
          Level.Choice,
        ];
      case "cmp":
        return [this.compared(parts), Level.Comparison];
      case "neg":
        return [`-${this.right(a, Level.Product)}`, Level.Sign];
      case "+":
        return [`${this.in(a, Level.Sum)} + ${this.right(b, Level.Sum)}`, Level.Sum];
      case "-":
        return [`${this.in(a, Level.Sum)} - ${this.right(b, Level.Sign)}`, Level.Sum];
      case "*":
        return [`${this.in(a, Level.Sign)} · ${this.right(b, Level.Product)}`, Level.Product];
      case "/":
        return [`${this.in(a, Level.Sign)} / ${this.right(b, Level.Atom)}`, Level.Product];
      case "@":
        return [`${this.in(a, Level.Sign)} @ ${this.right(b, Level.Atom)}`, Level.Product];
      case "**":
        return this.power(a, b);
    }
    if ((name === "sum" || name === "prod") && !isWritten(parts)) return this.listed(name, parts);
    return this.called(name, parts);
  }

  private compared(parts: readonly Tree[]): string {
    const words = parts.map((part, place) =>
      place % 2 ? (SIGNS[part as string] ?? "?") : this.in(part, Level.Sum),
    );
    return words.join(" ");
  }

  private listed(name: string, parts: readonly Tree[]): Spelled {
    const sum = name === "sum";
    const level = sum ? Level.Sum : Level.Product;
    const [first, ...others] = shownOf(parts) as [Tree, ...Tree[]];
    const texts = [this.in(first, level), ...others.map((other) => this.right(other, level))];
    if (texts.length < parts.length) texts.push(`… (${parts.length} ${sum ? "terms" : "factors"})`);
    return [texts.join(sum ? " + " : " · "), level];
  }

  private power(base: Tree, exponent: Tree): Spelled {
    let below = this.right(base, Level.Atom);
    if (typeof base === "object" && base[0] === "#" && below.includes("e")) below = `(${below})`;
    const raised = typeof exponent === "number" ? RAISED[exponent] : undefined;
    return [raised ? below + raised : `${below}^${this.right(exponent, Level.Atom)}`, Level.Atom];
  }

  private called(name: string, parts: readonly Tree[]): Spelled {
    const template = this.templates[name] ?? `${name}({0})`;
    if (template === "{0}") return this.spelled(at(parts, 0));
    const sticks = STICKING.has(template);
    const texts = parts.map((part) => (sticks ? this.right(part, Level.Atom) : this.spell(part)));
    const text = template.replace(/\{(\d)\}/g, (_, place: string) => texts[Number(place)] ?? "?");
    return [text, levelOf(template)];
  }

  private in(tree: Tree, tight: Level): string {
    const [text, level] = this.spelled(tree);
    return level >= tight ? text : `(${text})`;
  }

  /** Behind an operator a sign needs brackets too. */
  private right(tree: Tree, tight: Level): string {
    const [text, level] = this.spelled(tree);
    return level >= tight && !text.startsWith("-") ? text : `(${text})`;
  }
}

function numbered(value: number): Spelled {
  const text = short(value);
  return [text, text.startsWith("-") ? Level.Sign : Level.Atom];
}
