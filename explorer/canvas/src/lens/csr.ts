// Typed arrays: adjacency as two of them, the edges of node v at `list[from[v]] .. list[from[v + 1] - 1]`.

export interface Bundles {
  readonly from: Int32Array;
  readonly list: Int32Array;
}

/** Groups `0 .. keys.length - 1` by key, in order. Entries with a negative key are left out. */
export function bundled(count: number, keys: Int32Array): Bundles {
  const from = new Int32Array(count + 1);
  let kept = 0;
  for (const key of keys) {
    if (key < 0) continue;
    from[key + 1]! += 1;
    kept += 1;
  }
  for (let key = 0; key < count; key += 1) from[key + 1]! += from[key]!;
  const list = new Int32Array(kept);
  const next = from.slice(0, count);
  for (let item = 0; item < keys.length; item += 1) {
    const key = keys[item]!;
    if (key >= 0) list[next[key]!++] = item;
  }
  return { from, list };
}

/** An array filled by index; `TypedArray.from` takes several times as long. */
export function filled<T extends Int32Array | Float64Array | Uint8Array>(
  array: T,
  read: (index: number) => number,
): T {
  for (let index = 0; index < array.length; index += 1) array[index] = read(index);
  return array;
}
