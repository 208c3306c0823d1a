// Columns as they travel, base64 of little-endian numbers -> typed arrays.
import type { Bundles } from "./lens/csr.js";
import type { Num } from "./records.js";

export type Read<Names> = Readonly<Record<keyof Names, Int32Array>>;

export function read<Names extends Readonly<Record<string, number>>>(
  group: { readonly count: number } & Readonly<Record<keyof Names, string>>,
  usual: Names,
): Read<Names> {
  const columns = Object.entries(usual).map(
    ([name, number]) => [name, integers(group[name as keyof Names], group.count, number)] as const,
  );
  return Object.fromEntries(columns) as Read<Names>;
}

/** A column that holds a stretch for each row. */
export function stretches(lengths: Int32Array, column: string, usual: number): Bundles {
  const from = new Int32Array(lengths.length + 1);
  for (let at = 0; at < lengths.length; at += 1) from[at + 1] = from[at]! + lengths[at]!;
  return { from, list: integers(column, from[lengths.length]!, usual) };
}

/** One integer per row, as wide as they need to be. */
function integers(column: string, count: number, usual: number): Int32Array {
  if (column === "") return new Int32Array(count).fill(usual);
  const { buffer, length } = bytesOf(column);
  switch (length / count) {
    case 1:
      return Int32Array.from(new Int8Array(buffer));
    case 2:
      return Int32Array.from(new Int16Array(buffer));
    default:
      return new Int32Array(buffer);
  }
}

export function measurements(column: string): Float64Array {
  return new Float64Array(bytesOf(column).buffer);
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  if ("fromBase64" in Uint8Array) return (Uint8Array as unknown as Decoder).fromBase64(base64);
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Browsers of 2025 and later. */
interface Decoder {
  fromBase64(text: string): Uint8Array<ArrayBuffer>;
}

/** The number, or the word that stands for it. */
export function said(number: number): Num {
  if (Number.isFinite(number)) return number;
  return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
}
