// From one arrangement to the next: what stays glides, what is new grows out of the group that held it.
import type { Rect } from "./camera.js";
import { eased } from "./glide.js";
import type { Scene } from "./scene.js";

export const TWEEN_MS = 420;
/** Views with more boxes change at once. */
const MOST = 4000;

/** What leaves the screen, and the box into which it goes. */
export interface Leaving {
  readonly at: number;
  readonly into: Rect | null;
}

export class Tween {
  /** 0 to 1, eased. */
  part = 0;
  done = false;
  readonly leaving: readonly Leaving[];
  private readonly start = performance.now();
  private readonly from: readonly (Rect | null)[];
  private readonly isNew: readonly boolean[];
  private readonly edgeFrom: Map<number, number>;

  private constructor(
    readonly old: Scene,
    private readonly next: Scene,
  ) {
    const parents = new Map<number, number>();
    for (const { view } of [old, next])
      for (const [at, id] of view.id.entries()) parents.set(id, view.parent[at]!);
    const holder = (scene: Scene, id: number): Rect | null => {
      for (let up = parents.get(id) ?? -1; up >= 0; up = parents.get(up) ?? -1) {
        const place = scene.places.get(up);
        if (place !== undefined) return scene.rect(place);
      }
      return null;
    };
    this.isNew = Array.from(next.view.id, (id) => !old.places.has(id));
    this.from = Array.from(next.view.id, (id, at) => {
      const place = old.places.get(id);
      if (place !== undefined) return old.rect(place);
      const around = holder(old, id);
      return around && centredIn(next.rect(at), around);
    });
    this.leaving = Array.from(old.view.id.entries())
      .filter(([at, id]) => !next.places.has(id) && !old.view.open[at])
      .map(([at, id]) => ({ at, into: holder(next, id) }));
    this.edgeFrom = new Map(Array.from(old.view.edges.key, (key, edge) => [key, edge]));
  }

  /** null where there is nothing to animate, or too much. */
  static between(old: Scene | null, next: Scene, still: boolean): Tween | null {
    if (!old || still || old.count + next.count > MOST) return null;
    return new Tween(old, next);
  }

  tick(now: number): void {
    const time = Math.min(1, (now - this.start) / TWEEN_MS);
    this.part = eased(Math.max(0, time));
    this.done = time >= 1;
  }

  rect(at: number): Rect {
    const [to, from] = [this.next.rect(at), this.from[at]];
    return from ? mixed(from, to, this.part) : to;
  }

  /** How much of a box is there already. */
  shown(at: number): number {
    return this.isNew[at] ? this.part : 1;
  }

  leave({ at, into }: Leaving): Rect {
    const from = this.old.rect(at);
    return into ? mixed(from, centredIn(from, into), this.part) : from;
  }

  /** The route on its way; null where the edge is new and only fades in. */
  route(edge: number): Float64Array | null {
    const { edges } = this.next.view;
    const old = this.edgeFrom.get(edges.key[edge]!);
    if (old === undefined) return null;
    const before = this.old.view.edges;
    const [start, length] = [edges.from[edge]!, edges.from[edge + 1]! - edges.from[edge]!];
    const first = before.from[old]!;
    if (before.from[old + 1]! - first !== length) return null;
    return Float64Array.from(
      { length },
      (_, i) =>
        before.points[first + i]! +
        (edges.points[start + i]! - before.points[first + i]!) * this.part,
    );
  }
}

function mixed(from: Rect, to: Rect, part: number): Rect {
  const between = (one: number, other: number): number => one + (other - one) * part;
  return {
    x: between(from.x, to.x),
    y: between(from.y, to.y),
    width: between(from.width, to.width),
    height: between(from.height, to.height),
  };
}

function centredIn({ width, height }: Rect, around: Rect): Rect {
  return {
    x: around.x + (around.width - width) / 2,
    y: around.y + (around.height - height) / 2,
    width,
    height,
  };
}
