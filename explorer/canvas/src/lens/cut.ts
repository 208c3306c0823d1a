// Which groups stand open: as many as fit a number of boxes, from the outside in.
import { isGroup, membersOf, type Tree } from "./tree.js";

/** Numbers of boxes that a first view tries, smallest first. */
export const BUDGETS: readonly number[] = [
  1, 6, 8, 10, 12, 14, 16, 20, 24, 30, 38, 48, 60, 80, 100, 120,
];

/** Opens level by level, larger groups first, while at most `budget` boxes are on screen; what is
 * open already stays open. */
export function openFor(tree: Tree, budget: number, before?: ReadonlySet<number>): Set<number> {
  const open = new Set(before ?? [tree.root]);
  let boxes = boxesOf(tree, open);
  let level = groupsIn(tree, tree.root);
  while (level.length > 0) {
    level.sort((one, other) => sizeOf(tree, other) - sizeOf(tree, one) || one - other);
    const next: number[] = [];
    for (const id of level) {
      const more = open.has(id) ? 0 : membersOf(tree, id).length - 1;
      if (boxes + more > budget && more > 0) continue;
      boxes += more;
      open.add(id);
      next.push(...groupsIn(tree, id));
    }
    level = next;
  }
  return open;
}

/** Closes innermost groups first, smaller ones before larger, while at least `least` boxes are left;
 * one in any case. */
export function closedTo(tree: Tree, before: ReadonlySet<number>, least: number): Set<number> {
  const open = new Set(before);
  let boxes = boxesOf(tree, open);
  const depth = (id: number): number => tree.depth[id]!;
  const order = [...open]
    .filter((id) => id !== tree.root)
    .sort(
      (one, other) =>
        depth(other) - depth(one) || sizeOf(tree, one) - sizeOf(tree, other) || other - one,
    );
  for (const [at, id] of order.entries()) {
    boxes -= membersOf(tree, id).length - 1;
    if (at > 0 && boxes < least) break;
    open.delete(id);
  }
  return open;
}

/** Operations inside. */
function sizeOf(tree: Tree, id: number): number {
  return tree.high[id]! - tree.low[id]!;
}

function groupsIn(tree: Tree, id: number): number[] {
  return Array.from(membersOf(tree, id)).filter((member) => isGroup(tree, member));
}

/** Boxes on screen when exactly these groups are open. */
export function boxesOf(tree: Tree, open: ReadonlySet<number>): number {
  let boxes = 0;
  for (const id of open) {
    for (const member of membersOf(tree, id)) if (!open.has(member)) boxes += 1;
  }
  return boxes;
}

/** All groups. */
export function everything(tree: Tree): Set<number> {
  const open = new Set<number>();
  for (let id = tree.graph.ops; id < tree.count; id += 1)
    if (tree.parent[id]! >= 0 || id === tree.root) open.add(id);
  return open;
}

/** Closes what stands inside closed groups, so that the set says exactly what is on screen. */
export function reachable(tree: Tree, open: ReadonlySet<number>): Set<number> {
  const kept = new Set<number>();
  const queue = [tree.root];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    kept.add(id);
    for (const member of membersOf(tree, id)) if (open.has(member)) queue.push(member);
  }
  return kept;
}
