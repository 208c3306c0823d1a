// What is under the pointer, what it says, and what a click on it means.
import { short } from "../numbers.js";
import type { Pin } from "../store.js";
import type { Rect } from "./camera.js";
import { CHIP_HEIGHT, counted, hintOf } from "./faces.js";
import { HEADER_HEIGHT } from "./frames.js";
import { groupName, type Ids } from "./ids.js";
import type { Scene } from "./scene.js";
import type { Stage } from "./stage.js";
import { Tip } from "./tip.js";
import { type Face, recordEdge } from "./view.js";
import { nearestEdge } from "./wires.js";

/** How near, in pixels, the pointer must come to an edge. */
const REACH = 5;
/** Nodes of a group that are named when it is pointed at. */
const NAMED = 60;

type Point = readonly [x: number, y: number];

interface Under {
  /** Place in the scene; -1 for none. */
  readonly place: number;
  /** On the part of an open group that closes it. */
  readonly header: boolean;
  /** Node of the chip; -1 for none. */
  readonly chip: number;
}

const NOTHING_THERE: Under = { place: -1, header: false, chip: -1 };

export interface Pointed {
  select(pin: Pin | null): void;
  /** A group is to be opened or closed. */
  toggle(id: number): void;
  hover(nodes: readonly string[] | null): void;
}

export class Pointing {
  readonly tip = new Tip();
  /** Box that the words are about because it has the focus; -1 for none. */
  private focused = -1;

  constructor(
    private readonly stage: Stage,
    private readonly ids: () => Ids,
    private readonly tell: Pointed,
  ) {}

  click(at: Point): void {
    const { scene } = this.stage;
    if (!scene) return;
    const { place, header, chip } = this.under(at);
    const face = scene.faces[place];
    if (chip >= 0) this.tell.select({ kind: "node", id: this.ids().node(chip) });
    else if (face && (header || scene.view.open[place] === 0)) this.press(face.id);
    else this.tell.select(this.edgePin(scene, this.edgeUnder(at)));
  }

  /** null: the pointer is gone. */
  hover(at: Point | null): void {
    const { scene, marks, canvas } = this.stage;
    if (!scene) return;
    this.focused = -1;
    const under = at ? this.under(at) : NOTHING_THERE;
    const closed = under.place >= 0 && scene.view.open[under.place] === 0;
    const edge = at && !closed && !under.header ? this.edgeUnder(at) : -1;
    const id = closed || under.header ? scene.view.id[under.place]! : -1;
    const key = edge < 0 ? -1 : scene.view.edges.key[edge]!;
    if (id >= 0 || edge >= 0) canvas.dataset["over"] = "";
    else delete canvas.dataset["over"];
    if (id !== marks.hover || key !== marks.edgeHover) {
      this.stage.mark({ hover: id, edgeHover: key });
      this.tell.hover(closed ? this.nodesOf(scene.faces[under.place]!) : null);
    }
    if (!at || (id < 0 && edge < 0)) this.tip.hide();
    else if (edge >= 0) this.sayEdge(scene, edge, at);
    else this.sayBox(scene.faces[under.place]!, under, at);
  }

  /** A press holds a box or group; the group opens or closes as well. */
  press(id: number): void {
    const face = this.stage.scene?.faces[this.stage.scene.places.get(id) ?? -1];
    if (!face) return;
    if (face.node >= 0) this.tell.select({ kind: "node", id: this.ids().node(face.node) });
    else {
      this.tell.select({ kind: "group", id: groupName(id) });
      this.tell.toggle(id);
    }
  }

  /** The box that has the keyboard's focus comes into the window, with words; null: none has it. */
  focus(id: number | null): void {
    const { scene, camera } = this.stage;
    const place = scene?.places.get(id ?? -1);
    this.stage.mark({ focus: id ?? -1 });
    if (this.focused >= 0) this.tip.hide();
    this.focused = -1;
    if (!scene || place === undefined) return;
    camera.reveal(scene.rect(place));
    this.stage.move();
    const face = scene.faces[place]!;
    this.focused = face.id;
    const press = scene.view.open[place] ? "Enter closes it" : "Enter opens it";
    this.say(face, face.node < 0 ? press : "Enter holds it", this.titled(scene, place));
  }

  /** The camera has moved: the words stay with the box that has the focus, not with one that a
   * pointer is on no more. */
  follow(): void {
    const { scene, camera } = this.stage;
    const place = scene?.places.get(this.focused);
    if (scene && place !== undefined) this.tip.move(this.titled(scene, place), camera);
    else this.tip.hide();
  }

  /** On screen: a closed box, or the part of an open group that has its title. */
  private titled(scene: Scene, place: number): Rect {
    const { camera } = this.stage;
    const { x, y, width, height } = camera.toScreen(scene.rect(place));
    if (!scene.view.open[place]) return { x, y, width, height };
    const title = HEADER_HEIGHT * camera.zoom;
    return { x, y: camera.flipped ? y + height - title : y, width, height: title };
  }

  private under([x, y]: Point): Under {
    const { scene, camera } = this.stage;
    const [wx, wy] = camera.toWorld(x, y);
    const place = scene?.hit(wx, wy) ?? -1;
    if (!scene || place < 0) return NOTHING_THERE;
    const rect = scene.rect(place);
    if (scene.view.open[place]) return { place, header: wy - rect.y <= HEADER_HEIGHT, chip: -1 };
    // Chips are drawn downwards whichever way the drawing is turned.
    const [dx, dy] = [wx - rect.x, camera.flipped ? rect.y + rect.height - wy : wy - rect.y];
    const chip = scene.faces[place]!.chips.find(
      (it) => dx >= it.x && dx <= it.x + it.width && dy >= it.y && dy <= it.y + CHIP_HEIGHT,
    );
    return { place, header: false, chip: chip?.node ?? -1 };
  }

  private edgeUnder(at: Point): number {
    const { scene, camera } = this.stage;
    return scene ? nearestEdge(scene, ...camera.toWorld(...at), REACH / camera.zoom) : -1;
  }

  private edgePin(scene: Scene, edge: number): Pin | null {
    if (edge < 0) return null;
    const { key, weight } = scene.view.edges;
    return { kind: "edge", id: this.ids().edge(recordEdge(key[edge]!)), of: weight[edge]! };
  }

  private nodesOf({ low, high }: Face): string[] {
    const nodes = this.stage.film?.node.subarray(low, Math.min(high, low + NAMED)) ?? [];
    return Array.from(nodes, (node) => this.ids().node(node));
  }

  private sayBox(face: Face, { header, chip: node }: Under, at: Point): void {
    const chip = face.chips.find((it) => it.node === node);
    if (chip) {
      const what = !chip.leaf
        ? chip.cut
          ? `cut off by ${chip.cut}: gets no gradient`
          : "an input, gets no gradient"
        : chip.size === -1
          ? "a leaf"
          : `gradient over this use ‖${short(chip.size)}‖`;
      this.tip.show(
        chip.text,
        "",
        [what, ...(chip.uses > 1 ? [`used ${counted(chip.uses, "time")}`] : [])],
        spot(at),
        this.stage.camera,
      );
      return;
    }
    const press = header ? "click to close" : "click to open";
    this.say(face, face.node < 0 ? press : "", spot(at));
  }

  private say(face: Face, press: string, place: Rect): void {
    const lines = [...hintOf(face), press].filter(Boolean);
    this.tip.show(face.title, face.note, lines, place, this.stage.camera);
  }

  private sayEdge(scene: Scene, edge: number, at: Point): void {
    const { size, weight, first } = scene.view.edges;
    const norm = size[edge]! === -1 ? "no gradient" : `‖${short(size[edge]!)}‖`;
    const lines = [
      ...(weight[edge]! > 1 ? [`largest of ${counted(weight[edge]!, "edge")}`] : []),
      ...(first[edge]! >= 0 ? [`sent at step ${first[edge]! + 1}`] : []),
    ];
    this.tip.show(norm, "gradient", lines, spot(at), this.stage.camera);
  }
}

function spot([x, y]: Point): Rect {
  return { x, y, width: 0, height: 0 };
}
