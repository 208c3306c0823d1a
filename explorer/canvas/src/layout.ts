// Asks the layout worker, one text at a time; kills and replaces it when it hangs or breaks.
import source from "worker:layout.worker";
import type { Answer, Ask } from "./layout.worker.js";
import type { Picture } from "./picture.js";

/** 600 boxes take 0.3 s; whatever takes this long will not end soon. */
const LONGEST_MS = 20_000;

interface Job {
  readonly id: number;
  readonly dot: string;
  readonly done: (picture: Picture) => void;
  readonly failed: (error: Error) => void;
  retried: boolean;
}

export interface Ticket {
  readonly picture: Promise<Picture>;
  /** The answer is no longer wanted. */
  cancel(): void;
}

/** One worker for all graphs of the page. */
export class Layout {
  private worker: Worker | null = null;
  private readonly queue: Job[] = [];
  private current: Job | null = null;
  private timer = 0;
  private count = 0;

  /** `spawn` makes a worker that answers an Ask with an Answer. */
  constructor(
    private readonly spawn: () => Worker,
    private readonly longest = LONGEST_MS,
  ) {}

  /** Loads Graphviz ahead of the first graph. */
  warm(): void {
    this.worker ??= this.started();
  }

  ask(dot: string): Ticket {
    this.count += 1;
    const id = this.count;
    const picture = new Promise<Picture>((done, failed) => {
      this.queue.push({ id, dot, done, failed, retried: false });
    });
    this.next();
    return { picture, cancel: () => this.cancel(id) };
  }

  private cancel(id: number): void {
    const waiting = this.queue.findIndex((job) => job.id === id);
    if (waiting >= 0) this.queue.splice(waiting, 1);
    else if (this.current?.id === id) {
      this.stop();
      this.current = null;
      this.next();
    }
  }

  private next(): void {
    if (this.current) return;
    const job = this.queue.shift();
    if (!job) return;
    this.current = job;
    this.warm();
    this.timer = setTimeout(
      () => this.broke("the layout took too long"),
      this.longest,
    ) as unknown as number;
    this.worker?.postMessage({ id: job.id, dot: job.dot } satisfies Ask);
  }

  private answered(answer: Answer): void {
    const job = this.current;
    if (!job || answer.id !== job.id) return;
    const { picture } = answer;
    if (picture === undefined) {
      if (/syntax error/i.test(answer.error ?? ""))
        this.settle(() => job.failed(new Error(answer.error)));
      else this.broke(answer.error ?? "the layout engine failed");
      return;
    }
    this.settle(() => job.done(picture));
  }

  /** The engine is in an unknown state: a new one gets the same job, once. */
  private broke(reason: string): void {
    const job = this.current;
    this.stop();
    if (!job) return;
    if (job.retried) {
      this.settle(() => job.failed(new Error(reason)));
      return;
    }
    job.retried = true;
    this.current = null;
    this.queue.unshift(job);
    this.next();
  }

  private settle(tell: () => void): void {
    clearTimeout(this.timer);
    this.current = null;
    tell();
    this.next();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
  }

  private started(): Worker {
    const worker = this.spawn();
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.answered(data));
    worker.addEventListener("error", (event) =>
      this.broke(event.message || "the layout engine stopped"),
    );
    return worker;
  }
}

/** The page's layout: Graphviz inside a Blob, so that nothing is loaded from anywhere. */
export function pageLayout(): Layout {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return new Layout(() => new Worker(url));
}
