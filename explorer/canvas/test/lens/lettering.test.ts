import assert from "node:assert/strict";
import { test } from "node:test";
import { letteringOf, widthOf } from "../../src/lens/lettering.js";
import { BOX, SCOPE } from "../../src/lens/tree.js";

const GROUP = {
  kind: SCOPE,
  note: "",
  detail: "Block · 27 ops",
  titleWidth: 80,
  noteWidth: 0,
  detailWidth: 90,
};
const PLAIN = { ...GROUP, kind: BOX, detail: "", detailWidth: 0, note: "fc", noteWidth: 12 };

test("words are as large as they are up to where they are read with ease", () => {
  for (const words of [GROUP, PLAIN])
    for (const zoom of [0.85, 1, 3]) {
      const { title, detail } = letteringOf(words, zoom, widthOf(words));
      assert.equal(title, 1);
      assert.equal(detail, words.detail ? 1 : 0);
    }
});

test("from afar words grow, but never out of their box", () => {
  for (const words of [GROUP, PLAIN])
    for (const titleWidth of [20, 80, 400])
      for (let zoom = 0.05; zoom < 1; zoom += 0.05) {
        const said = { ...words, titleWidth };
        const width = widthOf(said);
        const { title, detail } = letteringOf(said, zoom, width);
        assert.ok(14 + titleWidth * title + (said.kind === BOX ? 0 : 32) <= width);
        assert.ok(14 + said.detailWidth * detail <= width);
        assert.ok(title * zoom >= Math.min(0.85, zoom));
      }
});

test("the lines of a group stay clear of each other and of its profile", () => {
  for (let zoom = 0.05; zoom < 2; zoom += 0.05) {
    const { title, detail, titleY, detailY } = letteringOf(GROUP, zoom, 400);
    const foot = titleY + 6.5 * title;
    if (!detail) assert.ok(foot < 43);
    else {
      assert.ok(foot <= detailY - 5.5 * detail + 1.5, `${zoom}`);
      assert.ok(detailY + 5.5 * detail <= 43.5, `${zoom}`);
    }
  }
});

test("from further away the title takes the place of note and details", () => {
  const [far, near] = [letteringOf(GROUP, 0.3, 400), letteringOf(GROUP, 0.5, 400)];
  assert.equal(far.detail, 0);
  assert.ok(far.title > near.title);
});
