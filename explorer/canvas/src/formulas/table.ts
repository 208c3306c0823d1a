// The table of `explorer/formulas`: what each operation computes and what its backward sends.
import TABLE from "formulas:table";

/** A number, a symbol, or an operator or function with its parts; `syntax.py` says how. */
export type Tree = number | string | readonly [string, ...Tree[]];

/** A condition, true for elements at the corner; without one it has to be read. */
export interface Corner {
  readonly says: string;
  readonly at?: Tree;
}

/** One row; what is empty or usual is left out. `row.py` says what each field means. */
export interface Row {
  readonly does: string;
  readonly back: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly forward: Tree;
  readonly backward: readonly Tree[];
  readonly saved?: Readonly<Record<string, string>>;
  readonly where?: Readonly<Record<string, Tree>>;
  readonly words?: Readonly<Record<string, string>>;
  readonly when?: Readonly<Record<string, number | string>>;
  readonly without?: readonly string[];
  readonly corners?: readonly Corner[];
  readonly output?: number;
  readonly alone?: boolean;
  readonly rearranges?: boolean;
  readonly broadcasts?: boolean;
  readonly many?: boolean;
  readonly complex?: boolean;
  readonly note?: string;
}

export interface Table {
  /** Function -> how it is spelled. */
  readonly functions: Readonly<Record<string, string>>;
  readonly pointwise: readonly string[];
  /** Symbol -> how it is spelled, where it does not stand for itself. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Nodes without a formula -> what they do. */
  readonly sentences: Readonly<Record<string, string>>;
  /** What is said of a program's own Function. */
  readonly own: string;
  /** Names of the fields of a row, in order. */
  readonly fields: readonly string[];
  /** Rows by node; each field is a place in `values`, 0 for one that is left out. */
  readonly rows: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly values: readonly unknown[];
}

export const { functions: FUNCTIONS, symbols: SYMBOLS, sentences: SENTENCES, own: OWN } = TABLE;

/** The rows of a node; the first that holds is the one to show. */
export function rowsOf(node: string): readonly Row[] {
  return (TABLE.rows[node] ?? []).map((places) => {
    const fields = places.flatMap((place, number) =>
      place ? [[TABLE.fields[number] ?? "", TABLE.values[place]] as const] : [],
    );
    return Object.fromEntries(fields) as unknown as Row;
  });
}

/** Functions that treat each element by itself. */
export const POINTWISE: ReadonlySet<string> = new Set(TABLE.pointwise);
/** Operators that do so as well. */
export const OPERATORS: ReadonlySet<string> = new Set("+ - * / ** neg if cmp".split(" "));
