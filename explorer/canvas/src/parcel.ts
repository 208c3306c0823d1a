// A Trace as it travels -> the records: defaults filled in, tensors put in their places.
import { type Elements, putBack } from "./elements.js";
import fields from "./fields.json";
import type { TensorView, Trace } from "./records.js";
import { spread } from "./sheet.js";

interface Fields {
  /** What a field holds where it did not travel. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Fields that hold records, in tuples and dictionaries too -> which. */
  readonly inside: Readonly<Record<string, string>>;
}

type Loose = Record<string, unknown>;

/** Written from `explorer/records.py`; a test holds the two together. */
const FIELDS = fields as Readonly<Record<string, Fields>>;
const INSIDE = new Map(
  Object.entries(FIELDS).map(([name, { inside }]) => [name, Object.entries(inside)]),
);

/** `tensors` has each tensor once, `elements` those of the larger ones; `trace` has places in it. */
export interface Parcel {
  readonly tensors: readonly object[];
  readonly elements?: Elements | undefined;
  readonly trace: object;
}

export function opened({ tensors, elements, trace }: Parcel): Trace {
  const views = tensors.map((one) => filled("TensorView", one, [])) as unknown as TensorView[];
  if (elements) putBack(views, elements);
  const whole = filled("Trace", trace, views) as unknown as Trace;
  return { ...whole, passes: whole.passes.map(spread) };
}

function filled(record: string, it: object, tensors: readonly TensorView[]): Loose {
  const whole: Loose = { ...FIELDS[record]!.defaults, ...it };
  for (const [field, inner] of INSIDE.get(record)!)
    whole[field] = within(inner, whole[field], tensors);
  return whole;
}

/** A record, several of them, or by name. */
function within(record: string, it: unknown, tensors: readonly TensorView[]): unknown {
  if (it === null) return null;
  if (Array.isArray(it)) return it.map((one) => within(record, one, tensors));
  if (record !== "TensorView") return filled(record, it as object, tensors);
  if (typeof it !== "number")
    return Object.fromEntries(
      Object.entries(it as object).map(([name, place]) => [name, tensors[place as number]]),
    );
  return tensors[it];
}
