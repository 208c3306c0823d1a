// A small pass written by hand: L = a * b + a, with a.grad = 5 from before.
import type { Edge, Node, NodeKind, Pass, Step, TensorView, Trace } from "../src/records.js";

export function scalar(number: number): TensorView {
  return {
    shape: [],
    dtype: "float32",
    requires_grad: false,
    values: [number],
    imag: null,
    low: number,
    high: number,
    mean: number,
    std: 0,
    norm: Math.abs(number),
    zeros: number === 0 ? 1 : 0,
    nonfinite: 0,
    heat: null,
    truncated: false,
  };
}

function node(id: string, kind: NodeKind, label: string, more: Partial<Node> = {}): Node {
  return {
    id,
    kind,
    label,
    name: null,
    op: kind === "op" ? label : null,
    line: null,
    visit: null,
    columns: null,
    scope: null,
    call: null,
    shape: [],
    value: null,
    saved: [],
    freed: null,
    settings: null,
    view_of: null,
    retained: false,
    made_in: null,
    made_by: null,
    cut: null,
    ...more,
  };
}

function edge(
  id: string,
  tail: string,
  head: string,
  gradient: number | null,
  more: Partial<Edge> = {},
): Edge {
  return {
    id,
    tail,
    head,
    slot: 0,
    output: 0,
    kind: "gradient",
    gradient: gradient === null ? null : scalar(gradient),
    ...more,
  };
}

function step(
  index: number,
  who: string,
  received: number,
  sent: readonly string[],
  more: Partial<Step> = {},
): Step {
  return {
    index,
    node: who,
    received: [scalar(received)],
    sent: sent.map((one) => ({ edge: one, gradient: null })),
    before: null,
    total: null,
    hooks: [],
    ...more,
  };
}

/** a = 2 (.grad 5 from before), b = 3, m = a * b, L = m + a; x is an input without gradient. */
export const PASS: Pass = {
  index: 0,
  how: "backward",
  root: "L",
  v: scalar(1),
  line: 5,
  visit: 1,
  order: 1,
  full: true,
  node_count: 8,
  note: null,
  value: 8,
  saved_bytes: 0,
  own_bytes: 0,
  calls: [],
  modules: {},
  jacobians: [],
  drawing: null,
  columns: null,
  nodes: [
    node("n0", "op", "AddBackward0", { name: "L", line: 4, visit: 1, value: scalar(8) }),
    node("n1", "op", "MulBackward0", { name: "m", line: 3, visit: 1, value: scalar(6) }),
    node("n2", "op", "AccumulateGrad"),
    node("n3", "op", "AccumulateGrad"),
    node("n4", "leaf", "a", { name: "a", line: 1, visit: 1, value: scalar(2) }),
    node("n5", "leaf", "b", { name: "b", line: 2, visit: 1, value: scalar(3) }),
    node("n6", "output", "L", { name: "L", value: scalar(8) }),
    node("n7", "input", "x", { name: "x", value: scalar(0) }),
  ],
  edges: [
    edge("e0", "n6", "n0", 1),
    edge("e1", "n0", "n1", 1),
    edge("e2", "n0", "n2", 1, { slot: 1 }),
    edge("e3", "n1", "n2", 3),
    edge("e4", "n1", "n3", 2, { slot: 1 }),
    edge("e5", "n2", "n4", 4),
    edge("e6", "n3", "n5", 2),
    edge("e7", "n1", "n7", null, { kind: "data" }),
  ],
  steps: [
    step(0, "n0", 1, ["e1", "e2"]),
    step(1, "n1", 1, ["e3", "e4"]),
    step(2, "n3", 2, [], { total: scalar(2) }),
    step(3, "n2", 4, [], { before: scalar(5), total: scalar(9) }),
  ],
  frames: [
    { line: 1, visit: 1, nodes: ["n4"] },
    { line: 2, visit: 1, nodes: ["n5"] },
    { line: 3, visit: 1, nodes: ["n1", "n7"] },
    { line: 4, visit: 1, nodes: ["n0"] },
  ],
};

export const TRACE: Trace = {
  format: 2,
  program: {
    source: "a\nb\nm\nL\n",
    seed: 0,
    root: null,
    gradient: null,
    detail: null,
    jacobian: false,
    check: false,
  },
  lines: [],
  passes: [PASS],
  leaves: [],
  events: [],
  printed: "",
  seconds: 0.01,
  versions: {},
  failure: null,
  alarm: null,
  notes: [],
  fixes: {},
  checks: [],
  derivatives: {},
};
