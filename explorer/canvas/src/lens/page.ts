// The lens as the page mounts it: its worker comes bundled.
import source from "worker:lens/worker";
import { workerPort } from "./client.js";
import { ExplorerLens } from "./lens.js";
import type { Options } from "./options.js";

export function pageLens(element: HTMLElement, options: Omit<Options, "port">): ExplorerLens {
  return new ExplorerLens(element, { ...options, port: () => workerPort(source) });
}
