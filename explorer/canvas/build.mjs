// Bundles src/ into build/: runtime.js (everything, sent once per page) and shim.js (one per view).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const COMMON = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  loader: { ".css": "text" },
};

async function bundled(entry, options) {
  const result = await build({ ...COMMON, entryPoints: [entry], write: false, ...options });
  return result.outputFiles[0].text;
}

/** `import source from "worker:./file"` gives the file, bundled as a classic script, as text. */
const workerAsText = {
  name: "worker-as-text",
  setup(it) {
    it.onResolve({ filter: /^worker:/ }, ({ path }) => ({
      path: path.slice("worker:".length),
      namespace: "worker",
    }));
    it.onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) => ({
      contents: await bundled(`src/${path}.ts`, { format: "iife" }),
      loader: "text",
    }));
  },
};

/** `import table from "formulas:table"` gives the table of `explorer/formulas`, which is Python's. */
const formulasAsData = {
  name: "formulas-as-data",
  setup(it) {
    it.onResolve({ filter: /^formulas:table$/ }, ({ path }) => ({ path, namespace: "formulas" }));
    it.onLoad({ filter: /.*/, namespace: "formulas" }, () => ({
      contents: execFileSync(process.env["PYTHON"] ?? "python3", ["-m", "explorer.formulas"], {
        cwd: "../..",
        encoding: "utf-8",
      }),
      loader: "json",
    }));
  },
};

const PLUGINS = [workerAsText, formulasAsData];

async function makeBuild() {
  const mark = "BUILD-OF-THIS-RUNTIME";
  const define = { BUILD: JSON.stringify(mark) };
  const options = { format: "esm", plugins: PLUGINS, define };
  // Wherever the bundle goes, an exported page included, the licences of what is in it go along.
  const banner = { js: `/*!\n${await readFile("NOTICE", "utf-8")}*/` };
  const runtime = await bundled("src/main.ts", { ...options, banner });
  const shim = await bundled("src/shim.ts", options);
  const hash = createHash("sha256").update(runtime).update(shim).digest("hex").slice(0, 16);
  await writeFile("build/runtime.js", runtime.replaceAll(mark, hash));
  await writeFile("build/shim.js", shim.replaceAll(mark, hash));
}

async function makeTests() {
  const outdir = "node_modules/.tests";
  await rm(outdir, { recursive: true, force: true });
  const names = (await readdir("test", { recursive: true })).filter((name) =>
    name.endsWith(".test.ts"),
  );
  await build({
    ...COMMON,
    minify: false,
    external: ["@hpcc-js/wasm-graphviz"],
    plugins: PLUGINS,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    entryPoints: names.map((name) => `test/${name}`),
    entryNames: "[name]",
    outdir,
  });
}

process.chdir(new URL(".", import.meta.url).pathname);
await (process.argv.includes("--tests") ? makeTests() : makeBuild());
