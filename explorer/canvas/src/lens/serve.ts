// Answers requests one slice at a time, so that a long layout can be watched, replaced and cancelled.
import { Engine, type Shown, type Want } from "./engine.js";
import type { Answer, Request } from "./protocol.js";
import { buffersOf, type Measure } from "./view.js";

/** Boxes from which a view is announced before it is made: it takes more than a blink. */
const LARGE = 3000;
/** Work between two looks at what else was asked. */
const SLICE_MS = 12;

export type Post = (answer: Answer, transfer: ArrayBuffer[]) => void;

export class Server {
  private engine: Engine | null = null;
  /** Id of the newest request for a view; older ones stop. */
  private newest = 0;
  private cancel = -1;

  /** `measurer` makes a ruler for a font family. */
  constructor(
    private readonly post: Post,
    private readonly measurer: (family: string) => Measure,
  ) {}

  async receive(request: Request): Promise<void> {
    try {
      await this.answer(request);
    } catch (error) {
      this.post(
        {
          id: request.id,
          kind: "failed",
          message: error instanceof Error ? error.message : String(error),
        },
        [],
      );
    }
  }

  private async answer(request: Request): Promise<void> {
    const { id } = request;
    switch (request.kind) {
      case "load":
        return this.load(request);
      case "show":
        return this.show(id, request.want, request.sure);
      case "find":
        return this.post({ id, kind: "found", nodes: this.loaded().find(request.query) }, []);
      case "paths":
        return this.post({ id, kind: "paths", marks: this.loaded().pathsTo(request.node) }, []);
      case "cancel":
        this.newest = this.cancel = id;
    }
  }

  private loaded(): Engine {
    if (!this.engine) throw new Error("no graph is loaded");
    return this.engine;
  }

  private async load(request: Extract<Request, { kind: "load" }>): Promise<void> {
    const { id, graph, source, family, room } = request;
    this.newest = id;
    this.engine = new Engine(graph, this.measurer(family), source, room[1]);
    const shown = await this.work(id, { kind: "budget", boxes: null, room });
    if (!shown) return;
    const film = this.engine.film();
    const buffers = Object.values(film).flatMap((part) =>
      ArrayBuffer.isView(part) ? [part.buffer as ArrayBuffer] : [],
    );
    this.post({ id, kind: "loaded", film, shown }, [...buffers, ...buffersOf(shown.view)]);
  }

  private async show(id: number, want: Want, sure: boolean): Promise<void> {
    const boxes = this.loaded().count(want);
    if (!sure && boxes > LARGE) {
      this.post({ id, kind: "large", boxes }, []);
      return;
    }
    this.newest = id;
    const shown = await this.work(id, want);
    if (shown) this.post({ id, kind: "shown", shown }, buffersOf(shown.view));
  }

  /** Runs a layout to its end; null where something newer took its place. */
  private async work(id: number, want: Want): Promise<Shown | null> {
    const engine = this.loaded();
    const before = engine.open;
    const task = engine.show(want);
    for (let started = performance.now(); ; ) {
      const step = task.next();
      if (step.done) return step.value;
      if (performance.now() - started < SLICE_MS) continue;
      this.post({ id, kind: "progress", progress: step.value }, []);
      await pause();
      if (this.newest !== id || this.engine !== engine) {
        // What replaced it has built on its groups; a cancel wants them as they were.
        if (this.newest === this.cancel) engine.open = before;
        this.post({ id, kind: "dropped" }, []);
        return null;
      }
      started = performance.now();
    }
  }
}

/** Lets waiting messages in. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
