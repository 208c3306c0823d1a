// What a reader must know about a run and its picture, in sentences.
import type { Pass } from "./records.js";
import type { State } from "./store.js";

/** What a program did that did not come to its end, by the kind of its failure. */
const ENDS: Readonly<Record<string, string>> = {
  stopped: "was stopped",
  timeout: "was ended by the limit of time",
  memory: "was ended by the limit of memory",
};

/** Above the picture: how far this run and pass got. What there is to say of a run before is not
 * said beside another text. */
export function notesOf({ shown, latest }: State, pass: Pass | null): string[] {
  if (shown && latest !== shown)
    return ["The last run has no graph to show. Grey below is the graph of the run before."];
  const notes: string[] = [];
  if (latest?.trace.failure && pass) {
    const how = ENDS[latest.trace.failure.kind] ?? "ended with an error";
    notes.push(`The program ${how}. This is the graph built so far.`);
  }
  if (pass?.note) notes.push(pass.note);
  if (pass?.how === "unfinished") {
    notes.push("Backward has not run in this pass: only the forward replay is there.");
  }
  return notes;
}

/** In place of the picture: why there is none. */
export function absence(pass: Pass | null): string[] {
  if (!pass)
    return ["No graph yet.", "Make a tensor that requires grad, compute with it, and press Run."];
  if (!pass.full && pass.nodes.length === 0) {
    return [
      `Only a summary of this pass was kept: a graph of ${pass.node_count} nodes.`,
      "Choose another pass.",
    ];
  }
  return ["This pass has no graph."];
}
