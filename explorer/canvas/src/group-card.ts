// The card of a group of the folded view: what it holds, when it works, how large its gradients are.
import type { Moment } from "./boxes.js";
import { moduleOf, placeOf, titleOf } from "./describe.js";
import { button, h, s } from "./dom.js";
import { NOTHING } from "./lens/columns.js";
import type { Contents, Received } from "./lens/contents.js";
import { grouped, opTitle } from "./lens/names.js";
import { short } from "./numbers.js";
import { fact, part } from "./parts.js";
import type { Store } from "./store.js";

/** Lines whose text is shown. */
const MOST_LINES = 5;
const SPARK_HEIGHT = 24;
const LEAST_BAR = 1.5;
const AHEAD = 0.35;

export function groupParts(
  moment: Moment,
  contents: Contents,
  source: readonly string[],
  store: Store,
): (HTMLElement | null)[] {
  const { face, around, lines } = contents;
  const head = h(
    "header",
    {},
    h("span", { class: "chip group" }, "group"),
    h("strong", {}, face.title),
    face.note ? h("code", {}, face.note) : null,
  );
  const shown = lines.slice(0, MOST_LINES).map((line) => lineOf(line, source));
  const more = lines.length - shown.length;
  return [
    head,
    h("p", { class: "quiet" }, face.detail),
    face.path ? fact("module", moduleOf(moment.replay.pass, face.path)) : null,
    around.length > 0 ? fact("inside", around.join(" › ")) : null,
    alarmPart(contents, store),
    gradientsPart(moment, contents, store),
    ...shown,
    more > 0 ? h("p", { class: "quiet" }, `and ${grouped(more)} more lines`) : null,
  ];
}

function lineOf(line: number, source: readonly string[]): HTMLElement {
  const text = source[line - 1]?.trim() ?? "";
  return h(
    "p",
    { class: "code" },
    h("span", { class: "quiet" }, placeOf(line, null)),
    h("code", {}, text),
  );
}

/** That the first NaN or infinity of the run began in here. */
function alarmPart(contents: Contents, store: Store): HTMLElement | null {
  const alarm = store.state.shown?.trace.alarm;
  const node = alarm?.pass_index === store.state.pass ? alarm.node : null;
  if (node === null || !contents.holds(node)) return null;
  return h("p", {}, "⚠ The first NaN or infinity began in here: ", nodeButton(node, store));
}

function gradientsPart(moment: Moment, contents: Contents, store: Store): HTMLElement | null {
  const { mode, replay, at } = moment;
  const { largest, smallest, broken, face } = contents;
  if (mode === "forward") return null;
  if (replay.pass.steps.length === 0)
    return part("grad", "gradients", h("p", {}, "Backward has not run."));
  if (face.steps[0] < 0) return part("grad", "gradients", h("p", {}, "None comes here."));
  const row = (name: string, received: Received | null): HTMLElement | null =>
    received &&
    h(
      "p",
      { class: "row" },
      h("span", {}, `${name} ‖${short(received.size)}‖`),
      nodeButton(received.node, store),
    );
  return part(
    "grad",
    "gradients inside",
    h("p", {}, progress(contents, at)),
    spark(moment, contents),
    row("largest", largest),
    smallest?.node === largest?.node ? null : row("smallest", smallest),
    row("first not finite", broken),
  );
}

/** "Works in 27 steps, 41 to 67: 3 are done." */
function progress(contents: Contents, at: number): string {
  const [done, all] = contents.steps(at);
  const [first, last] = contents.face.steps.map((step) => grouped(step + 1));
  const state =
    done === 0 ? "none is done yet" : done === all ? "all are done" : `${grouped(done)} are done`;
  return all === 1
    ? `Works in step ${first}${done ? "" : ", not done yet"}.`
    : `Works in ${grouped(all)} steps, ${first} to ${last}: ${state}.`;
}

/** Holds a node: the lens opens what hides it. */
function nodeButton(id: string, store: Store): HTMLElement {
  const node = store.replay?.nodes.get(id);
  const place = node ? placeOf(node.line, node.visit) : null;
  const name = node ? opTitle(titleOf(node)) : id;
  const label = [`Show ${name}`, place].filter(Boolean).join(", ");
  return button(label, () => store.set({ pin: { kind: "node", id } }), { class: "small" }, name);
}

/** Largest gradients over backward time, on the scale of the pass; pale is what is still to come. */
function spark({ replay, theme, at }: Moment, contents: Contents): SVGElement {
  const { profile } = contents.face;
  const [done, all] = contents.steps(at);
  const { scale } = replay;
  const bars = profile.flatMap((size, index) => {
    if (size === NOTHING) return [];
    const height = LEAST_BAR + (SPARK_HEIGHT - LEAST_BAR) * (scale.place(size) ?? 1);
    return s("rect", {
      x: index + 0.06,
      y: SPARK_HEIGHT - height,
      width: 0.88,
      height,
      fill: scale.colour(size, theme),
      opacity: (index + 0.5) / profile.length <= done / all ? 1 : AHEAD,
    });
  });
  return s(
    "svg",
    {
      class: "spark",
      viewBox: `0 0 ${profile.length} ${SPARK_HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": "Size of the gradients over backward time, on a log scale",
    },
    ...bars,
  );
}
