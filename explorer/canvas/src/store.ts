// What all mounted parts of one page share: the run, the moment of its replay, what is pointed at.
import type { Run } from "./payload.js";
import type { Failure, Pass } from "./records.js";
import { type Mode, moments, type Replay, replayOf } from "./replay.js";

export interface Pin {
  /** A "group" is one of the folded view. */
  readonly kind: "node" | "edge" | "group";
  readonly id: string;
  /** Of an arrow between folded boxes: how many edges it stands for. `id` is the largest. */
  readonly of?: number;
}

/** What the pointer or the cursor is on; nodes and line mean each other. */
export interface Hover {
  readonly by: "graph" | "editor" | "lines";
  readonly nodes: readonly string[];
  readonly line: number | null;
  readonly columns: readonly [number, number] | null;
}

export interface State {
  /** The run whose graph is on screen. */
  readonly shown: Run | null;
  /** The newest run; differs from `shown` only where it ended before it had a graph. */
  readonly latest: Run | null;
  /** Which pass of `shown`. */
  readonly pass: number;
  readonly mode: Mode;
  /** Position in each mode, from 0. */
  readonly at: Readonly<Record<Mode, number>>;
  readonly playing: boolean;
  /** Steps per second. */
  readonly speed: number;
  /** The camera follows the replay. */
  readonly follow: boolean;
  /** What the card is held on; null: it follows the replay. */
  readonly pin: Pin | null;
  readonly hover: Hover | null;
  /** Text of the program as it stands in the editor; null: no editor. */
  readonly text: string | null;
}

/** Moments per second that a film shows at most; where it is to be faster, it leaves some out. */
const TICKS = 32;

export type Watcher = (state: State, old: State) => void;

const START: State = {
  shown: null,
  latest: null,
  pass: 0,
  mode: "backward",
  at: { forward: 0, backward: 0 },
  playing: false,
  speed: 1,
  follow: true,
  pin: null,
  hover: null,
  text: null,
};

export class Store {
  private current = START;
  private readonly watchers = new Set<Watcher>();
  private readonly replays = new WeakMap<Pass, Replay>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The pass that the page around asked for last. */
  private told: number | null = null;
  /** The reader pressed Run and has not seen the answer. */
  asked = false;
  /** Unsaved text of the editor, which outlives the editor's element. */
  draft: { readonly revision: number; readonly text: string } | null = null;

  get state(): State {
    return this.current;
  }

  /** Calls `watcher` after each change; returns how to stop that. */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  set(change: Partial<State>): void {
    const old = this.current;
    this.current = { ...old, ...change };
    for (const watcher of [...this.watchers]) watcher(this.current, old);
  }

  /** Whether a run is an earlier one that is still shown, because the newest has no graph. */
  isOld(run: number | null | undefined): boolean {
    const { shown, latest } = this.current;
    return shown !== latest && run !== latest?.run;
  }

  get pass(): Pass | null {
    return this.current.shown?.trace.passes[this.current.pass] ?? null;
  }

  get replay(): Replay | null {
    const pass = this.pass;
    return pass ? this.replayFor(pass) : null;
  }

  replayFor(pass: Pass): Replay {
    const known = this.replays.get(pass);
    if (known) return known;
    const made = replayOf(pass);
    this.replays.set(pass, made);
    return made;
  }

  /**
   * A run arrived. One without any graph leaves the last graph on screen, if it failed. The same
   * run again may bring another wish for a pass; an old wish leaves the reader's own choice.
   */
  accept(run: Run): void {
    const again = this.current.latest?.key === run.key;
    const wish = run.pass !== this.told || !again ? wished(run) : null;
    this.told = run.pass;
    if (again) {
      if (wish !== null && wish !== this.current.pass && this.current.shown?.key === run.key)
        this.choosePass(wish);
      return;
    }
    const keep = run.trace.failure && !hasGraph(run) && this.current.shown;
    if (keep) this.set({ latest: run, playing: false });
    else this.set({ shown: run, latest: run, ...this.opening(run, wish ?? firstPass(run)) });
  }

  choosePass(pass: number): void {
    const run = this.current.shown;
    if (run) this.set(this.opening(run, pass));
  }

  private opening(run: Run, pass: number): Partial<State> {
    const steps = run.trace.passes[pass]?.steps.length ?? 0;
    const mode = steps > 0 ? "backward" : "forward";
    const at = {
      backward: 0,
      forward: Math.max(0, (run.trace.passes[pass]?.frames.length ?? 0) - 1),
    };
    if (steps > 0) at.forward = 0;
    return { pass, mode, at, pin: null, hover: null, playing: false };
  }

  /** The failure of the newest run. */
  get failure(): Failure | null {
    return this.current.latest?.trace.failure ?? null;
  }

  setMode(mode: Mode): void {
    if (mode !== this.current.mode) this.set({ mode, playing: false });
  }

  /** Moves the replay to a moment, held within its ends; `by` a person, so a running film stops. */
  go(at: number): void {
    this.move(at, false);
  }

  step(by: number): void {
    this.go(this.current.at[this.current.mode] + by);
  }

  private move(at: number, playing: boolean): void {
    const last = this.last;
    const to = Math.min(last, Math.max(0, at));
    const { mode } = this.current;
    this.set({ at: { ...this.current.at, [mode]: to }, playing: playing && to < last });
  }

  /** Index of the last moment of this mode. */
  get last(): number {
    const replay = this.replay;
    return replay ? Math.max(0, moments(replay, this.current.mode) - 1) : 0;
  }

  /** Starts (from the beginning when at the end) or pauses. */
  play(on = !this.current.playing): void {
    clearTimeout(this.timer);
    if (!on || this.last === 0) {
      if (this.current.playing) this.set({ playing: false });
      return;
    }
    const at = this.current.at[this.current.mode];
    this.move(at >= this.last ? 0 : at, true);
    this.tick();
  }

  private tick(): void {
    const jump = Math.max(1, Math.round(this.current.speed / TICKS));
    this.timer = setTimeout(
      () => {
        if (!this.current.playing) return;
        this.move(this.current.at[this.current.mode] + jump, true);
        this.tick();
      },
      (1000 * jump) / this.current.speed,
    );
  }
}

function hasGraph(run: Run): boolean {
  return run.trace.passes.some((pass) => pass.node_count > 0 || pass.nodes.length > 0);
}

/** The pass that the page around asks for, where there is one. */
function wished({ pass, trace }: Run): number | null {
  return pass !== null && trace.passes[pass] ? pass : null;
}

/** The first pass with a replay, else the first with a graph. */
function firstPass(run: Run): number {
  const { passes } = run.trace;
  const replayed = passes.findIndex((pass) => pass.steps.length > 0);
  return replayed >= 0
    ? replayed
    : Math.max(
        0,
        passes.findIndex((pass) => pass.nodes.length > 0),
      );
}
