// Where the window stands: the open groups around its middle, outermost first. Each name leads there.
import { button, h } from "../dom.js";
import type { Camera } from "./camera.js";
import type { Scene } from "./scene.js";

export class Trail {
  readonly element = h("nav", {
    class: "trail",
    "aria-label": "Groups around what is in view",
    hidden: true,
  });
  private places: readonly number[] = [];
  private scene: Scene | null = null;

  /** `moved`: the camera is on its way. */
  constructor(
    private readonly camera: Camera,
    private readonly moved: () => void,
  ) {
    this.element.append(
      button("Show the whole graph", () => this.go(() => camera.fit()), {}, "whole graph"),
    );
  }

  /** Says where the camera is now. What stays keeps its button, and with it the focus. */
  paint(scene: Scene): void {
    const { camera } = this;
    const places = scene.around(...camera.toWorld(camera.width / 2, camera.height / 2));
    const kept = scene === this.scene ? inCommon(places, this.places) : 0;
    if (kept < this.places.length || kept < places.length || scene !== this.scene) {
      while (this.element.childElementCount > kept + 1) this.element.lastElementChild!.remove();
      this.element.append(...places.slice(kept).map((place) => this.crumb(scene, place)));
      this.element.hidden = places.length === 0;
    }
    [this.places, this.scene] = [places, scene];
    this.element.scrollLeft = this.element.scrollWidth; // The last name is where one is.
    this.element.classList.toggle("cut", this.element.scrollLeft > 0);
  }

  private crumb(scene: Scene, place: number): HTMLElement {
    const { title, note } = scene.faces[place]!;
    const name = [title, note].filter(Boolean).join(" · ");
    const lead = (): void => this.go(() => this.camera.frame(scene.rect(place)));
    return button(`Show all of ${name}`, lead, {}, title);
  }

  private go(move: () => void): void {
    move();
    this.moved();
  }
}

function inCommon(one: readonly number[], other: readonly number[]): number {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count += 1;
  return count;
}
