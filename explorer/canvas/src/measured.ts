// Statistics of the tensors of a large pass, read from columns; twin of `explorer/measured.py`.
import { count } from "./numbers.js";
import type { Num, TensorColumns } from "./records.js";
import { measurements, said } from "./rows.js";

const NAMES = ["low", "high", "mean", "std", "norm"] as const;
type Columns = Readonly<Record<(typeof NAMES)[number], Float64Array>>;

export class Measured {
  private readonly columns: Columns;
  /** Row -> that in the columns where tensors of one element have none; -1 of those. */
  private readonly many: Int32Array;

  constructor(
    statistics: TensorColumns,
    shape: Int32Array,
    shapes: readonly (readonly number[])[],
  ) {
    const read = NAMES.map((name) => [name, measurements(statistics[name])] as const);
    this.columns = Object.fromEntries(read) as Columns;
    const alone = shapes.map((sizes) => count(sizes) === 1);
    this.many = new Int32Array(shape.length);
    let rows = 0;
    for (let row = 0; row < shape.length; row += 1)
      this.many[row] = alone[shape[row]!] ? -1 : rows++;
  }

  norm(row: number): number {
    const place = this.many[row]!;
    return place < 0 ? Math.abs(this.columns.low[row]!) : this.columns.norm[place]!;
  }

  of(row: number): Readonly<Record<(typeof NAMES)[number], Num>> {
    const { low: lowest, high, mean, std } = this.columns;
    const place = this.many[row]!;
    const [low, norm] = [lowest[row]!, said(this.norm(row))];
    if (place >= 0) {
      const others = [high[place]!, mean[place]!, std[place]!].map(said);
      return { low: said(low), high: others[0]!, mean: others[1]!, std: others[2]!, norm };
    }
    const only = said(low);
    return { low: only, high: only, mean: only, std: Number.isFinite(low) ? 0 : "nan", norm };
  }
}
