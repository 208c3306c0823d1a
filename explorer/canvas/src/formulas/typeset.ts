// A tree as MathML, which the browser sets by itself; every formula also has its line of text.
import { type Child, m } from "../dom.js";
import { short } from "../numbers.js";
import {
  isWritten,
  Level,
  levelOf,
  SIGNS,
  Speller,
  shownOf,
  templatesOf,
  type Words,
} from "./spelling.js";
import { SYMBOLS, type Tree } from "./table.js";
import { at } from "./values.js";

/** A piece with how closely it holds together, and whether it begins with a sign. */
interface Piece {
  readonly node: MathMLElement;
  readonly level: Level;
  readonly signed: boolean;
}

/** A side of an equation: a formula, or a result as text. */
export type Side = Tree | { readonly text: string };

/** One side after another, with signs of equality between: "z = x · y = 2 · 3". One that goes on
 *  from the line above begins with such a sign. */
export function equation(
  sides: readonly Side[],
  words: Words | undefined,
  goesOn = false,
): MathMLElement {
  const texts: string[] = [];
  const children: Child[] = [];
  sides.forEach((side, number) => {
    if (number > 0 || goesOn) children.push(sign("="));
    if (typeof side === "object" && "text" in side) {
      texts.push(side.text);
      children.push(m("mtext", { class: "result" }, side.text));
      return;
    }
    texts.push(new Speller(words).spell(side));
    children.push(new Setter(words).set(side).node);
  });
  const text = `${goesOn ? "= " : ""}${texts.join(" = ")}`;
  return m("math", { "aria-label": text, displaystyle: "true" }, m("mrow", {}, ...children));
}

class Setter {
  private readonly templates: Words;

  constructor(words: Words | undefined) {
    this.templates = templatesOf(words);
  }

  set(tree: Tree): Piece {
    if (typeof tree === "string") return this.symbol(tree);
    if (typeof tree === "number") return atom(m("mn", {}, String(tree)));
    const [name, ...parts] = tree;
    const [a, b, c] = parts as [Tree, Tree, Tree];
    switch (name) {
      case "#":
        return numbered(short(a as number));
      case "list":
        return atom(row(...listed(parts as readonly number[])));
      case "if":
        return { node: this.cases(a, b, c), level: Level.Choice, signed: false };
      case "cmp":
        return { node: this.compared(parts), level: Level.Comparison, signed: false };
      case "neg":
        return {
          node: row(prefix("−"), this.right(a, Level.Product)),
          level: Level.Sign,
          signed: true,
        };
      case "+":
        return this.between(a, "+", b, Level.Sum, Level.Sum, Level.Sum);
      case "-":
        return this.between(a, "−", b, Level.Sum, Level.Sign, Level.Sum);
      case "*":
        return this.between(a, "·", b, Level.Sign, Level.Product, Level.Product);
      case "@":
        return this.between(a, "", b, Level.Sign, Level.Product, Level.Product);
      case "/":
        return this.fraction(a, b);
      case "**":
        return atom(m("msup", {}, this.right(a, Level.Atom), this.set(b).node));
      case "exp":
        return atom(m("msup", {}, m("mi", {}, "e"), this.set(a).node));
      case "sqrt":
        return atom(m("msqrt", {}, this.set(a).node));
      case "T":
        return atom(m("msup", {}, this.right(a, Level.Atom), m("mo", {}, "⊤")));
    }
    if ((name === "sum" || name === "prod") && !isWritten(parts)) return this.series(name, parts);
    if (name === "sum" || name === "prod") return this.big(name === "sum" ? "∑" : "∏", a);
    return this.called(name, parts);
  }

  private symbol(name: string): Piece {
    if (name.endsWith("hat") && name.length === 4)
      return atom(m("mover", { accent: "true" }, m("mi", {}, name.slice(0, 1)), m("mo", {}, "^")));
    return atom(m("mi", {}, SYMBOLS[name] ?? name));
  }

  private between(
    left: Tree,
    mark: string,
    right: Tree,
    first: Level,
    second: Level,
    level: Level,
  ): Piece {
    const one = this.set(left);
    const between = mark ? m("mo", {}, mark) : m("mspace", { width: "0.25em" });
    const node = row(bracketed(one, one.level >= first), between, this.right(right, second));
    return { node, level, signed: one.signed };
  }

  /** A sign stands before the bar, so that it is seen. */
  private fraction(above: Tree, below: Tree): Piece {
    const turned = typeof above === "object" && above[0] === "neg";
    const top = turned ? at(above, 1) : above;
    const bar = m("mfrac", {}, this.set(top).node, this.set(below).node);
    return turned
      ? { node: row(prefix("−"), bar), level: Level.Sign, signed: true }
      : { node: bar, level: Level.Product, signed: false };
  }

  private cases(test: Tree, body: Tree, orelse: Tree): MathMLElement {
    const line = (tree: Tree, ...when: Child[]): MathMLElement =>
      m("mtr", {}, m("mtd", {}, this.set(tree).node), m("mtd", {}, row(...when)));
    return row(
      m("mo", { stretchy: "true" }, "{"),
      m(
        "mtable",
        { class: "cases" },
        line(body, m("mtext", {}, "if\u00a0"), this.set(test).node),
        line(orelse, m("mtext", {}, "else")),
      ),
    );
  }

  private compared(parts: readonly Tree[]): MathMLElement {
    return row(
      ...parts.map((part, place) =>
        place % 2 ? sign(SIGNS[part as string] ?? "?") : this.in(part, Level.Sum),
      ),
    );
  }

  /** The terms of a sum or the factors of a product. */
  private series(name: string, parts: readonly Tree[]): Piece {
    const sum = name === "sum";
    const level = sum ? Level.Sum : Level.Product;
    const mark = sum ? "+" : "·";
    const shown = shownOf(parts);
    const first = this.set(at(shown, 0));
    const children: Child[] = [bracketed(first, first.level >= level)];
    for (const part of shown.slice(1)) children.push(m("mo", {}, mark), this.right(part, level));
    if (shown.length < parts.length) {
      const rest = `… (${parts.length} ${sum ? "terms" : "factors"})`;
      children.push(m("mo", {}, mark), m("mtext", {}, rest));
    }
    return { node: row(...children), level, signed: first.signed };
  }

  private big(mark: string, tree: Tree): Piece {
    const node = row(
      m("mo", { largeop: "true", movablelimits: "false" }, mark),
      this.right(tree, Level.Product),
    );
    return { node, level: Level.Product, signed: false };
  }

  private called(name: string, parts: readonly Tree[]): Piece {
    const template = this.templates[name] ?? `${name}({0})`;
    if (template === "{0}") return this.set(at(parts, 0));
    if (template === "{0}⁻¹")
      return atom(
        m("msup", {}, this.right(at(parts, 0), Level.Atom), row(prefix("−"), m("mn", {}, "1"))),
      );
    const pieces = template.split(/\{(\d)\}/g).map((piece, place) => {
      if (place % 2) return this.set(at(parts, Number(piece))).node;
      // Spaces at the ends of a text would be lost.
      return piece ? m("mtext", {}, piece.replaceAll(" ", "\u00a0")) : null;
    });
    return { node: row(...pieces), level: levelOf(template), signed: false };
  }

  private in(tree: Tree, tight: Level): MathMLElement {
    const piece = this.set(tree);
    return bracketed(piece, piece.level >= tight);
  }

  /** Behind an operator a sign needs brackets too. */
  private right(tree: Tree, tight: Level): MathMLElement {
    const piece = this.set(tree);
    return bracketed(piece, piece.level >= tight && !piece.signed);
  }
}

function row(...children: Child[]): MathMLElement {
  return m("mrow", {}, ...children);
}

function atom(node: MathMLElement): Piece {
  return { node, level: Level.Atom, signed: false };
}

function sign(mark: string): MathMLElement {
  return m("mo", {}, mark);
}

function prefix(mark: string): MathMLElement {
  return m("mo", { form: "prefix" }, mark);
}

function bracketed({ node }: Piece, fits: boolean): MathMLElement {
  return fits ? node : row(m("mo", {}, "("), node, m("mo", {}, ")"));
}

function numbered(text: string): Piece {
  if (!text.startsWith("-")) return atom(m("mn", {}, text));
  return { node: row(prefix("−"), m("mn", {}, text.slice(1))), level: Level.Sign, signed: true };
}

function listed(values: readonly number[]): Child[] {
  const items = values.map((value) => numbered(short(value)).node);
  const apart = items.flatMap((item, place) => (place ? [m("mo", {}, ","), item] : [item]));
  return [m("mo", {}, "["), ...apart, m("mo", {}, "]")];
}
