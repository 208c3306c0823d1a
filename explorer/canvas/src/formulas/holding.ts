// Which row of the table holds for a node, and how its settings read as numbers; twin of
// `explorer/formulas/holding.py`.
import type { Node, Step } from "../records.js";
import type { Known } from "./instance.js";
import { type Row, rowsOf } from "./table.js";

/** The row to show; null where no formula is proven for this node in its setting. */
export function rowFor(node: Node, step: Step | null): Row | null {
  const rows = rowsOf(node.op ?? "");
  const settings = node.settings ?? {};
  const kept = new Set([...node.saved.map((saved) => saved.name), ...Object.keys(settings)]);
  const complex = isComplex(node, step);
  return (
    rows.find((row) => {
      const fits = Object.entries(row.when ?? {}).every(([name, value]) =>
        is(settings[name], value),
      );
      const others = (step?.received ?? []).filter((_, output) => output !== (row.output ?? 0));
      const crowded = row.alone === true && others.some((view) => view !== null);
      const barred = (row.without ?? []).some((name) => kept.has(name));
      return fits && !crowded && !barred && (!complex || row.complex === true);
    }) ?? null
  );
}

/** A setting as PyTorch prints it: axes for "dim", else a number. */
export function setting(name: string, text: string): Known | undefined {
  if (name !== "dim") return numberOf(text) ?? undefined;
  const axes = (text.match(/-?\d+/g) ?? []).map(signed);
  return { axes: axes.length > 0 ? axes : null };
}

/** Whether complex numbers are about; all rows but a few are proven for real ones only. */
function isComplex(node: Node, step: Step | null): boolean {
  const views = [node.value, ...(step?.received ?? []), ...node.saved.map((saved) => saved.value)];
  return (
    views.some((view) => view !== null && view.imag !== null) ||
    node.saved.some((saved) => saved.dtype.startsWith("complex"))
  );
}

function is(text: string | undefined, value: number | string): boolean {
  if (text === undefined) return false;
  return typeof value === "string" ? text === value : numberOf(text) === value;
}

function numberOf(text: string): number | null {
  if (text === "True" || text === "False") return Number(text === "True");
  if (text === "inf" || text === "-inf") return text === "inf" ? Infinity : -Infinity;
  if (/^-?\d+$/.test(text)) return signed(text);
  return /^-?[\d.]+(e[-+]?\d+)?$/.test(text) ? Number(text) : null;
}

/** PyTorch keeps some negative numbers as large ones. */
function signed(text: string): number {
  return Number(BigInt.asIntN(64, BigInt(text)));
}
