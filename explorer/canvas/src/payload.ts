// The bytes that Python sends -> one run of the program.
import { FORMAT, type Trace } from "./records.js";

export interface Run {
  /** Grows by one with each press of Run. */
  readonly run: number;
  readonly trace: Trace;
  /** Differs whenever anything about the run differs. */
  readonly key: string;
}

/** Reads strict JSON `{"run": n, "trace": Trace}`; throws an Error that says what is wrong. */
export function readRun(data: unknown): Run {
  const bytes = bytesOf(data);
  const { run, trace } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Run>;
  if (typeof run !== "number" || trace === undefined) throw new Error("no run in the payload");
  if (trace.format !== FORMAT) {
    throw new Error(
      `record of format ${trace.format}; this page reads ${FORMAT}. Reload the page.`,
    );
  }
  return { run, trace, key: `${run}-${fnv1a(bytes)}` };
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
