// Runs in a Web Worker: DOT text in, SVG text out, by Graphviz compiled to WebAssembly.
import { Graphviz } from "@hpcc-js/wasm-graphviz";

export interface Ask {
  readonly id: number;
  readonly dot: string;
}

export interface Answer {
  readonly id: number;
  readonly svg?: string;
  readonly error?: string;
}

const engine = Graphviz.load();

self.addEventListener("message", ({ data }: MessageEvent<Ask>) => {
  engine
    .then((graphviz) => reply({ id: data.id, svg: graphviz.layout(data.dot, "svg", "dot") }))
    .catch((error: unknown) => reply({ id: data.id, error: String(error) }));
});

function reply(answer: Answer): void {
  self.postMessage(answer);
}
