// Graphs for tests: drawn at random from a seed, or built like real programs.

import type { Columns, Texts } from "../../src/lens/columns.js";
import type { Call } from "../../src/records.js";

/** Numbers in [0, 1) from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 4294967296;
  };
}

interface Made {
  op?: string;
  kind?: number;
  name?: string;
  scope?: string;
  call?: number;
  line?: number;
  visit?: number;
  /** Nodes to which gradients go. */
  to: number[];
}

/** Writes nodes in creation order, last first, as a recorded pass would hold them. */
export class Program {
  readonly made: Made[] = [];
  readonly calls: Call[] = [];
  readonly modules: Record<string, string> = {};
  /** The call that goes on: place in `calls`. */
  call = -1;
  scope = "";
  line = 1;
  visit = 1;

  /** A new operation on earlier nodes; returns it. */
  op(name: string, ...inputs: number[]): number {
    return (
      this.made.push({
        op: `${name}Backward0`,
        scope: this.scope,
        call: this.call,
        line: this.line,
        visit: this.visit,
        to: inputs,
      }) - 1
    );
  }

  /** A new leaf behind its AccumulateGrad; returns the latter. */
  leaf(name: string): number {
    const leaf = this.made.push({ kind: 1, name, to: [] }) - 1;
    return this.made.push({ op: "AccumulateGrad", to: [leaf] }) - 1;
  }

  input(name: string): number {
    return this.made.push({ kind: 2, name, to: [] }) - 1;
  }

  /** The pass from a root, with steps in the engine's order: newest first, AccumulateGrad at once. */
  columns(root: number, steps = true): Columns {
    const output = this.made.push({ kind: 5, name: "loss", to: [root] }) - 1;
    const reached = new Set<number>([output]);
    for (const at of reached) for (const to of this.made[at]!.to) reached.add(to);
    const nodes = [...reached].sort((one, other) => other - one);
    const place = new Map(nodes.map((node, index) => [node, index]));
    const texts = (read: (it: Made) => string | undefined): Texts => {
      const places = new Map([["", 0]]);
      const of = Int32Array.from(nodes, (node) => {
        const text = read(this.made[node]!) ?? "";
        if (!places.has(text)) places.set(text, places.size);
        return places.get(text)!;
      });
      return { texts: [...places.keys()], of };
    };
    const [op, name, scope] = [
      texts((it) => it.op),
      texts((it) => it.name),
      texts((it) => it.scope),
    ];
    const edges = nodes.flatMap((node) =>
      this.made[node]!.to.map(
        (to) => [place.get(node)!, place.get(to)!, this.made[to]!.kind ?? 0] as const,
      ),
    );
    let step = 0;
    const size = edges.map(
      ([tail, head], index) => 10 ** (((tail * 7 + head * 3 + index) % 9) - 6),
    );
    const kinds = nodes.map((node) => this.made[node]!.kind ?? 0);
    return {
      nodes: nodes.length,
      edges: edges.length,
      kind: Uint8Array.from(kinds),
      op,
      name,
      scope,
      call: Int32Array.from(nodes, (node) => this.made[node]!.call ?? -1),
      calls: this.calls,
      modules: this.modules,
      shape: { of: new Int32Array(nodes.length), texts: [""] },
      cut: { of: new Int32Array(nodes.length), texts: [""] },
      line: Int32Array.from(nodes, (node) => this.made[node]!.line ?? 0),
      visit: Int32Array.from(nodes, (node) => this.made[node]!.visit ?? 0),
      step: Int32Array.from(kinds, (kind) => (kind || !steps ? -1 : step++)),
      frame: new Int32Array(nodes.length).fill(-1),
      tail: Int32Array.from(edges, ([tail]) => tail),
      head: Int32Array.from(edges, ([, head]) => head),
      size: Float64Array.from(size),
      data: Uint8Array.from(edges, ([, , kind]) => (kind === 2 ? 1 : 0)),
      steps: step,
      frames: 0,
    };
  }
}

/** A program that nobody would write: random operations, skips, shared leaves, scopes and lines. */
export function randomProgram(seed: number, size: number): Columns {
  const next = random(seed);
  const pick = (count: number): number => Math.floor(next() * count);
  const program = new Program();
  const leaves = Array.from({ length: 1 + pick(5) }, (_, index) => program.leaf(`w${index}`));
  const input = program.input("x");
  const ops = [program.op("Mul", leaves[0]!, input)];
  const names = ["Add", "Mul", "Tanh", "T", "View", "Mm", "Relu"];
  for (let at = 0; at < size; at += 1) {
    if (next() < 0.2) program.scope = ["", "net", "net.0", "net.1", "net.1.fc", "head"][pick(6)]!;
    if (next() < 0.4) [program.line, program.visit] = [1 + pick(9), 1 + pick(3)];
    const recent = (): number =>
      ops[Math.max(0, ops.length - 1 - Math.floor(next() ** 3 * ops.length))]!;
    const inputs = [recent()];
    if (next() < 0.4) inputs.push(next() < 0.5 ? recent() : leaves[pick(leaves.length)]!);
    if (next() < 0.1) inputs.push(input);
    ops.push(program.op(names[pick(names.length)]!, ...inputs));
  }
  // Everything reaches the root.
  const used = new Set(program.made.flatMap((it) => it.to));
  const loose = ops.filter((op) => !used.has(op));
  program.scope = "";
  return program.columns(program.op("Sum", ...loose), next() < 0.7);
}

/** tanh(W h + U x) over time, in a loop of the program. */
export function recurrent(steps: number): Columns {
  const program = new Program();
  const [w, u, h0] = [program.leaf("W"), program.leaf("U"), program.leaf("h0")];
  let h = h0;
  for (let step = 1; step <= steps; step += 1) {
    program.visit = step;
    program.line = 5;
    const inner = program.op(
      "Add",
      program.op("Mm", w, h),
      program.op("Mm", u, program.input("x")),
    );
    program.line = 6;
    h = program.op("Tanh", inner);
  }
  program.line = 7;
  program.visit = 1;
  return program.columns(program.op("Mean", h));
}

/** A transformer-like stack of blocks with skips. */
export function blocks(count: number): Columns {
  const program = new Program();
  const linear = (name: string, x: number): number => {
    program.scope = name;
    program.modules[name] = "Linear";
    const w = program.leaf(`${name}.weight`);
    return program.op("Addmm", program.leaf(`${name}.bias`), x, program.op("T", w));
  };
  let x = linear("net.embed", program.input("x"));
  for (let block = 0; block < count; block += 1) {
    const scope = `net.blocks.${block}`;
    program.modules[scope] = "Block";
    const up = linear(`${scope}.fc`, x);
    program.scope = scope;
    const down = linear(`${scope}.proj`, program.op("Gelu", up));
    program.scope = scope;
    x = program.op("Add", x, down);
  }
  const logits = linear("net.head", x);
  program.scope = "";
  program.line = 20;
  return program.columns(program.op("NllLoss", program.op("LogSoftmax", logits)));
}

export function chain(length: number): Columns {
  const program = new Program();
  let x = program.leaf("x");
  for (let at = 0; at < length; at += 1) x = program.op("Mul", x);
  return program.columns(x);
}

export function fan(width: number): Columns {
  const program = new Program();
  const x = program.leaf("x");
  return program.columns(
    program.op(
      "Stack",
      ...Array.from({ length: width }, () => program.op("Sin", program.op("Mul", x))),
    ),
  );
}
