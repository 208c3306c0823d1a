// The bytes that Python sends -> one run of the program.
import { opened, type Parcel } from "./parcel.js";
import { FORMAT, type Program, type Trace } from "./records.js";

export interface Run {
  /** Grows by one with each press of Run. */
  readonly run: number;
  readonly trace: Trace;
  /** Which pass the page around asks to see, as an index; null: whichever the reader chose. */
  readonly pass: number | null;
  /** Differs whenever anything about the run differs. */
  readonly key: string;
}

/** What Python sends, and an exported page holds: a run as a parcel. */
export interface Sent extends Parcel {
  readonly run: number;
  readonly trace: Parcel["trace"] & { readonly format: number; readonly program: Program };
  readonly pass?: number | null;
}

const COMMA = 0x2c;

/**
 * Reads strict JSON `{"run": n, "tensors": [...], "trace": {...}, "pass": n}`; throws an Error that
 * says what is wrong. `pass` may be left out; it stands last, so that all bytes before it tell the run.
 */
export function readRun(data: unknown): Run {
  const bytes = bytesOf(data);
  const { run, tensors, elements, trace, pass } = JSON.parse(
    new TextDecoder().decode(bytes),
  ) as Partial<Sent>;
  if (typeof run !== "number" || tensors === undefined || trace === undefined)
    throw new Error("no run in the payload");
  if (trace.format !== FORMAT) {
    throw new Error(
      `record of format ${trace.format}; this page reads ${FORMAT}. Reload the page.`,
    );
  }
  const told = pass === undefined ? bytes : bytes.subarray(0, bytes.lastIndexOf(COMMA));
  return {
    run,
    trace: opened({ tensors, elements, trace }),
    pass: pass ?? null,
    key: `${run}-${fnv1a(told)}`,
  };
}

export function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new Error("the payload is not bytes");
}

/** Bytes that a hash looks at; of longer texts it takes one in so many. */
const HASHED = 65_536;

/** 32-bit FNV-1a as eight hexadecimal digits: tells payloads apart, protects nothing. */
export function fnv1a(bytes: Uint8Array): string {
  const stride = Math.ceil(bytes.length / HASHED) || 1;
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let at = 0; at < bytes.length; at += stride)
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
