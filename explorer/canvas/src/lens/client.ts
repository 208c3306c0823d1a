// The page's end of the lens's worker.
import type { Progress } from "./engine.js";
import type { Answer, Request } from "./protocol.js";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type Ask = Without<Request, "id">;

/** Whatever can answer: a Web Worker, or a server on the page's own thread. */
export interface Port {
  post(request: Request): void;
  listen(hear: (answer: Answer) => void, broke: (reason: string) => void): void;
  close(): void;
}

export class Client {
  private count = 0;
  private readonly waiting = new Map<
    number,
    { done: (answer: Answer) => void; failed: (error: Error) => void }
  >();

  constructor(
    private readonly port: Port,
    private readonly progress: (progress: Progress) => void,
  ) {
    port.listen(
      (answer) => this.hear(answer),
      (reason) => this.fail(reason),
    );
  }

  ask(request: Ask): Promise<Answer> {
    const id = this.next();
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.port.post({ ...request, id } as Request);
    });
  }

  /** Stops the view that is being made. */
  cancel(): void {
    this.port.post({ id: this.next(), kind: "cancel" });
  }

  private next(): number {
    this.count += 1;
    return this.count;
  }

  close(): void {
    this.port.close();
    this.waiting.clear();
  }

  private hear(answer: Answer): void {
    if (answer.kind === "progress") {
      this.progress(answer.progress);
      return;
    }
    const asked = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.kind === "failed") asked?.failed(new Error(answer.message));
    else asked?.done(answer);
  }

  private fail(reason: string): void {
    for (const { failed } of this.waiting.values()) failed(new Error(reason));
    this.waiting.clear();
  }
}

/** A worker from the text of its script, so that nothing is loaded from anywhere. */
export function workerPort(source: string): Port {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  return {
    post: (request) => worker.postMessage(request),
    listen(hear, broke) {
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => hear(data));
      worker.addEventListener("error", (event) => broke(event.message || "the layout stopped"));
    },
    close() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
