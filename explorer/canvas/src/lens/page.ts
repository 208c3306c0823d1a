// The lens as the page mounts it: its worker comes bundled, and the first one is started ahead of time.
import source from "worker:lens/worker";
import { type Port, workerPort } from "./client.js";
import { ExplorerLens } from "./lens.js";
import type { Options } from "./options.js";

let spare: Port | null = null;

/** Starts a worker for the first lens. */
export function warmLens(): void {
  spare ??= workerPort(source);
}

export function pageLens(element: HTMLElement, options: Omit<Options, "port">): ExplorerLens {
  const port = (): Port => {
    const started = spare ?? workerPort(source);
    spare = null;
    return started;
  };
  return new ExplorerLens(element, { ...options, port });
}
