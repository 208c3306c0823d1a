// A search over the whole graph: marks what it found, and goes from one to the next.
import type { Arranger } from "./arranger.js";
import type { Client } from "./client.js";
import { Marked } from "./marks.js";
import type { Finds } from "./options.js";
import type { Stage } from "./stage.js";

export async function findIn(
  query: string,
  client: Client,
  arranger: Arranger,
  stage: Stage,
  select: (node: number) => void,
): Promise<Finds> {
  const answer = await client.ask({ kind: "find", query });
  const nodes = answer.kind === "found" ? answer.nodes : new Int32Array(0);
  const { film } = stage;
  stage.mark({ found: film && nodes.length ? Marked.nodes(film, nodes) : null });
  let at = -1;
  return {
    count: nodes.length,
    step: async (by) => {
      if (nodes.length === 0) return -1;
      at = at < 0 && by < 0 ? nodes.length - 1 : (at + by + nodes.length) % nodes.length;
      await arranger.goTo(nodes[at]!);
      select(nodes[at]!);
      return at;
    },
    clear: () => stage.mark({ found: null }),
  };
}
