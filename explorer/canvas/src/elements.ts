// Elements of tensors that travel as bytes; twin of `explorer/elements.py`.
import { count } from "./numbers.js";
import type { Num, TensorView } from "./records.js";
import { bytesOf, said } from "./rows.js";

/** Elements of a tensor that are kept at most. */
const SHOWN = 64;

export interface Elements {
  /** Places of the tensors that have them, in order. */
  readonly of: readonly number[];
  /** Base64 of float64 where a tensor holds that, of float32 of others, one behind the other. */
  readonly numbers: string;
}

/** Gives tensors their elements, which are read from the bytes when somebody looks at them. */
export function putBack(tensors: readonly TensorView[], { of, numbers }: Elements): void {
  const { buffer } = bytesOf(numbers);
  let at = 0;
  for (const place of of) {
    const view = tensors[place]!;
    const kind = view.dtype === "float64" ? Float64Array : Float32Array;
    const start = at;
    at += Math.min(SHOWN, count(view.shape)) * kind.BYTES_PER_ELEMENT;
    const end = at;
    let known: readonly Num[] | null = null;
    Object.defineProperty(view, "values", {
      enumerable: true,
      get: () => {
        known ??= Array.from(new kind(buffer.slice(start, end)), said);
        return known;
      },
    });
  }
}
