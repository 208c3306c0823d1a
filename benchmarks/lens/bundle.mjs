// Bundles the lens, its worker and the test graphs for measure.py; writes JavaScript to standard output.
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
  const stdin = { contents, resolveDir: `${canvas}src/lens`, loader: "ts" };
  const { outputFiles } = await build({ ...common, stdin, format: "iife", ...options });
  return outputFiles[0].text;
}

const worker = await bundled('import "./worker.ts";', {});
const page = await bundled(
  `export { mountExplorerLens } from "./lens.ts";
   export { PALETTES } from "./colours.ts";
   export { workerPort } from "./client.ts";
   export * as graphs from "../../test/lens/graphs.ts";`,
  { globalName: "lens" },
);
process.stdout.write(`const WORKER = ${JSON.stringify(worker)};\n${page}`);
