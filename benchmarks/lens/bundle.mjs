// Bundles the lens and its worker for browser.py; writes JavaScript to standard output.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const canvas = fileURLToPath(new URL("../../explorer/canvas/", import.meta.url));
const { build } = createRequire(canvas)("esbuild");
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  write: false,
  loader: { ".css": "text" },
};

async function bundled(contents, options) {
  const stdin = { contents, resolveDir: `${canvas}src`, loader: "ts" };
  const { outputFiles } = await build({ ...common, stdin, format: "iife", ...options });
  return outputFiles[0].text;
}

const worker = await bundled('import "./lens/worker.ts";', {});
const page = await bundled(
  `export { ExplorerLens } from "./lens/lens.ts";
   export { PALETTES } from "./lens/colours.ts";
   export { workerPort } from "./lens/client.ts";
   export { readRun } from "./payload.ts";`,
  { globalName: "lens" },
);
process.stdout.write(`const WORKER = ${JSON.stringify(worker)};\n${page}`);
