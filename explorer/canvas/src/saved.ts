// What a node, and the whole graph, keeps in memory for backward.
import { type Child, h } from "./dom.js";
import { bytes, shape, summary } from "./numbers.js";
import { part } from "./parts.js";
import type { Node, Pass, Saved } from "./records.js";

/** The tensors that a node has saved, and whether they outlived the pass. */
export function savedPart(node: Node): HTMLElement | null {
  if (node.saved.length === 0) return null;
  const items = node.saved.map((saved) =>
    h(
      "li",
      {},
      h(
        "code",
        {},
        saved.of && saved.of !== saved.name ? `${saved.name} = ${saved.of}` : saved.name,
      ),
      ` ${shape(saved.shape)} ${saved.dtype} · ${bytes(saved.bytes)} · `,
      version(saved),
      saved.value ? h("span", { class: "numbers" }, ` ${summary(saved.value)}`) : null,
    ),
  );
  return part(
    "saved",
    `saved for backward${fate(node)}`,
    h("ul", { class: "saved-list" }, ...items),
  );
}

/** Of the output: the memory that its graph holds. */
export function heldPart(pass: Pass, node: Node): HTMLElement | null {
  if (node.kind !== "output" || pass.saved_bytes === 0) return null;
  const rest = pass.saved_bytes - pass.own_bytes;
  const shared = rest > 0 ? `, and shares ${bytes(rest)} with leaves and inputs` : "";
  const text = `The graph alone holds ${bytes(pass.own_bytes)} of results for its backward${shared}.`;
  return part("saved", "memory for backward", h("p", {}, text));
}

function version({ version: saved, now }: Saved): Child {
  if (saved === now) return `version ${saved}`;
  return h(
    "strong",
    { class: "alarm" },
    `⚠ version ${saved} when saved, ${now} now: changed in place, so backward refuses it`,
  );
}

function fate({ freed }: Node): string {
  if (freed === null) return "";
  return freed ? ", freed by this pass" : ", kept after this pass";
}
