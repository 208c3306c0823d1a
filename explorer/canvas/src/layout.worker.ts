// Runs in a Web Worker: DOT text in, plain geometry out, by Graphviz compiled to WebAssembly.
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { type Picture, readPicture } from "./picture.js";

export interface Ask {
  readonly id: number;
  readonly dot: string;
}

export interface Answer {
  readonly id: number;
  readonly picture?: Picture;
  readonly error?: string;
}

const engine = Graphviz.load();

self.addEventListener("message", ({ data }: MessageEvent<Ask>) => {
  engine
    .then((graphviz) => graphviz.layout(data.dot, "svg", "dot"))
    .then((svg) => reply({ id: data.id, picture: readPicture(svg) }))
    .catch((error: unknown) => reply({ id: data.id, error: String(error) }));
});

function reply(answer: Answer): void {
  self.postMessage(answer);
}
