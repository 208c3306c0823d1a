// Formulas with the numbers of one node: what stands for which symbol, and whether it comes out.
// A line of numbers is given only where it gives what PyTorch recorded; the result is always
// PyTorch's own. Twin of `explorer/worked.py`.
import { count, LISTED, numeric, place, short, summary } from "../numbers.js";
import type { Edge, Node, Step, TensorView } from "../records.js";
import { type Replay, stepAt } from "../replay.js";
import { agrees, differs } from "./agreement.js";
import { rowFor, setting } from "./holding.js";
import { equal, Instance, type Known, type Part, summedTo, Unknown } from "./instance.js";
import { type Names, Speller } from "./spelling.js";
import { OPERATORS, POINTWISE, type Row, type Tree } from "./table.js";
import { numberOf } from "./values.js";

/** Elements of a result that are worked out again before one of them is shown. */
const CHECKED = 8;
/** A formula with numbers in it, and what it gives. */
export interface Numbers {
  readonly tree: Tree;
  readonly text: string;
  /** PyTorch's own number, as it was recorded. */
  readonly result: string;
  /** Which element: "[0, 0]"; empty where the numbers are all of it. */
  readonly place: string;
}

/** The box of what an edge leads to: of an AccumulateGrad its leaf. */
export function operandOf(replay: Replay, edge: Edge | undefined): Node | undefined {
  const head = edge && replay.nodes.get(edge.head);
  if (head?.op !== "AccumulateGrad") return head;
  return replay.nodes.get(replay.from.get(head.id)?.[0]?.head ?? head.id);
}

/** A node, its row, and what its symbols stand for. */
export class Bench {
  readonly known = new Map<string, Known>();
  readonly speller: Speller;
  private readonly boxes = new Map<string, Node>();
  private readonly views = new Map<string, TensorView>();
  private readonly step: Step | null;

  constructor(
    private readonly replay: Replay,
    private readonly node: Node,
    readonly row: Row,
  ) {
    this.step = stepAt(replay, node.id);
    this.boxes.set("z", node);
    this.speller = new Speller(row.words);
    for (const [slot, [symbol, name]] of Object.entries(row.inputs).entries())
      if (!row.many) this.bind(symbol, name, this.edgeAt(slot));
    for (const [symbol, name] of Object.entries(row.saved ?? {})) {
      const slot = name.startsWith("slot ") ? Number(name.slice("slot ".length)) : -1;
      this.bind(symbol, name, this.edgeAt(slot));
    }
    this.bindView("z", row.output ? null : node.value, node.shape);
    this.bindView("G", this.received, null);
  }

  /** G, where it is recorded. */
  get received(): TensorView | null {
    return this.step?.received[this.row.output ?? 0] ?? null;
  }

  /** The forward formula with numbers; of a larger result those of element `flat`. */
  forward(flat = 0): Numbers | null {
    return this.worked(this.row.forward, this.row.output ? null : this.node.value, false, flat);
  }

  /** The formula of one slot with numbers; `sent` is what was recorded there. */
  backward(slot: number, sent: TensorView | null, flat = 0): Numbers | null {
    const tree = this.sent(slot);
    return tree === null ? null : this.worked(tree, sent, this.row.broadcasts === true, flat);
  }

  /** The formula of what is sent to a slot; null where the row does not say. */
  sent(slot: number): Tree | null {
    return this.row.backward[this.row.many ? 0 : slot] ?? null;
  }

  /** What the symbols of a formula are called here; null where something has no name of its own. */
  names(tree: Tree): Names | null {
    const names = new Map<string, string>();
    for (const symbol of this.speller.visible(tree)) {
      if (symbol === "G" || symbol === "pi") continue;
      const name = this.name(symbol);
      if (name === null) return null;
      names.set(symbol, name);
    }
    return this.tellsApart(names) ? names : null;
  }

  /** What a symbol's tensor is: its variable, or the operation that made it. */
  meaning(symbol: string): string | null {
    const box = this.boxes.get(symbol);
    if (box) return box.name || (box.op ? `result of ${box.op}` : null);
    return this.isUnseen(symbol) ? "not recorded" : null;
  }

  /** Whether it stands for an operand or a setting that was not recorded. */
  private isUnseen(symbol: string): boolean {
    const { inputs, saved = {}, many } = this.row;
    const named = (!many && symbol in inputs) || symbol in saved;
    return named && !this.boxes.has(symbol) && !this.known.has(symbol);
  }

  /** The tensor that a symbol stands for. */
  view(symbol: string): TensorView | null {
    return this.views.get(symbol) ?? null;
  }

  /** The number that a symbol stands for where it is no tensor. */
  plain(symbol: string): number | null {
    const known = this.known.get(symbol);
    return typeof known === "number" ? known : null;
  }

  /** How many elements meet a condition, of those that are known from the first on. */
  meets(condition: Tree): { readonly found: number; readonly of: number; readonly all: boolean } {
    let found = 0;
    let flat = 0;
    try {
      const part = new Instance(this.row, this.known).part(condition);
      for (; flat < count(part.shape); flat += 1)
        found += numberOf(part.at(place(flat, part.shape)));
      return { found, of: flat, all: true };
    } catch (error) {
      if (error instanceof Unknown) return { found, of: flat, all: false };
      throw error;
    }
  }

  private edgeAt(slot: number): Edge | undefined {
    return this.replay.from.get(this.node.id)?.find((edge) => edge.slot === slot);
  }

  /** False where two tensors have one name, as in `x = x * 2`. */
  private tellsApart(names: Names): boolean {
    const owners = new Map<string, string>();
    for (const [symbol, name] of names) {
      const box = this.boxes.get(symbol);
      if (!box?.name) continue;
      if ((owners.get(name) ?? box.id) !== box.id) return false;
      owners.set(name, box.id);
    }
    return true;
  }

  /** A variable, the text of a number, or a symbol that stands for no tensor. */
  private name(symbol: string): string | null {
    const box = this.boxes.get(symbol);
    if (box?.name) return box.name;
    const known = this.known.get(symbol);
    if (typeof known === "number") return short(known);
    if (known && "values" in known) {
      const [value, ...others] = known.values;
      const single = value !== undefined && others.length === 0 && known.shape.length === 0;
      return single ? bracketed(short(value)) : null;
    }
    return box || this.isUnseen(symbol) ? null : symbol;
  }

  /** An operand of the node, or what the node saved under a name. */
  private bind(symbol: string, name: string, edge: Edge | undefined): void {
    const operand = operandOf(this.replay, edge);
    if (operand) {
      this.boxes.set(symbol, operand);
      this.bindView(symbol, !edge || edge.output === 0 ? operand.value : null, operand.shape);
    }
    const known = this.known.get(symbol);
    if (typeof known !== "object" || !("values" in known) || known.values.length === 0)
      this.bindSaved(symbol, name);
    if (this.known.has(symbol)) return;
    const text = this.node.settings?.[name];
    const found = text === undefined ? undefined : setting(name, text);
    if (found !== undefined) this.known.set(symbol, found);
    else if (name === "dim") this.known.set(symbol, { axes: null });
  }

  private bindSaved(symbol: string, name: string): void {
    for (const saved of this.node.saved) {
      if (saved.name !== name) continue;
      const whole = saved.output === 0 ? this.replay.nodes.get(saved.node ?? "") : undefined;
      if (whole && !this.boxes.has(symbol)) this.boxes.set(symbol, whole);
      this.bindView(symbol, whole?.value ?? saved.value, null);
    }
  }

  private bindView(symbol: string, view: TensorView | null, shape: readonly number[] | null): void {
    if (view) {
      const values = view.imag === null ? view.values.map(numeric) : [];
      this.views.set(symbol, view);
      this.known.set(symbol, { shape: view.shape, values });
    } else if (shape) this.known.set(symbol, { shape, values: [] });
  }

  private worked(
    tree: Tree,
    expected: TensorView | null,
    fold: boolean,
    flat: number,
  ): Numbers | null {
    if (!expected || expected.imag !== null || expected.values[flat] === undefined) return null;
    try {
      let part = new Instance(this.row, this.known).part(tree);
      if (fold) part = summedTo(part, expected.shape);
      if (count(part.shape) !== count(expected.shape)) return null;
      return this.shown(tree, part, expected, flat);
    } catch (error) {
      if (error instanceof Unknown) return null;
      throw error;
    }
  }

  private shown(tree: Tree, part: Part, expected: TensorView, flat: number): Numbers | null {
    const elements = Math.min(expected.values.length, count(expected.shape));
    const one = part.at(place(flat, part.shape));
    const result = expected.values[flat] ?? Number.NaN;
    if (!agrees(one, numeric(result), expected.dtype)) return null;
    for (let other = 0; other < Math.min(elements, CHECKED); other += 1)
      if (differs(part, other, expected)) return null;
    const whole = this.whole(tree, part, expected);
    if (whole)
      return { tree: whole, text: this.speller.spell(whole), result: summary(expected), place: "" };
    const at = elements === 1 ? "" : `[${place(flat, expected.shape).join(", ")}]`;
    return { tree: one, text: this.speller.spell(one), result: short(result), place: at };
  }

  /** All elements at once, as lists: for short vectors, element by element. */
  private whole(tree: Tree, part: Part, expected: TensorView): Tree | null {
    const elements = count(expected.shape);
    if (elements < 2 || elements > LISTED || expected.shape.length !== 1) return null;
    if (!equal(part.shape, expected.shape) || !isPointwise(tree)) return null;
    return replaced(tree, (name) => (name === "pi" ? name : this.list(name)));
  }

  private list(name: string): Tree | null {
    try {
      const part = new Instance(this.row, this.known).part(name);
      const elements = count(part.shape);
      if (part.shape.length > 1 || elements > LISTED) return null;
      const values = [...new Array<number>(elements).keys()].map((flat) =>
        numberOf(part.at(place(flat, part.shape))),
      );
      return part.shape.length === 0 ? ["#", values[0] ?? 0] : ["list", ...values];
    } catch (error) {
      if (error instanceof Unknown) return null;
      throw error;
    }
  }
}

/** The node with the row to show; null where no formula is proven. */
export function benchFor(replay: Replay, node: Node): Bench | null {
  const row = rowFor(node, stepAt(replay, node.id));
  return row && new Bench(replay, node, row);
}

function isPointwise(tree: Tree): boolean {
  if (typeof tree !== "object") return true;
  const [name, ...parts] = tree;
  return (OPERATORS.has(name) || POINTWISE.has(name)) && parts.every(isPointwise);
}

/** The tree with something else for each symbol; null where there is nothing for one. */
function replaced(tree: Tree, by: (name: string) => Tree | null): Tree | null {
  if (typeof tree === "string") return by(tree);
  if (typeof tree === "number") return tree;
  const [name, ...parts] = tree;
  const made = parts.map((part, number) =>
    name === "cmp" && number % 2 === 1 ? part : replaced(part, by),
  );
  return made.includes(null) ? null : [name, ...(made as Tree[])];
}

function bracketed(text: string): string {
  return text.startsWith("-") ? `(${text})` : text;
}
