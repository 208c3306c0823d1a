import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "../../src/lens/engine.js";
import type { Face } from "../../src/lens/view.js";
import { blocks } from "./graphs.js";

const measure = (text: string): number => text.length * 7;

test("a module says its class, a repeat that of its modules, an operation one that says more", () => {
  const columns = blocks(6);
  const modules = { ...columns.modules, "net.head": "Addmm" };
  const engine = new Engine({ ...columns, modules }, measure);
  const { view } = engine.shown({ kind: "all" });
  const faces = Array.from(view.id, (id) => engine.face(id));
  const faceOf = (title: string, path: string): Face | undefined =>
    faces.find((face) => face.title === title && face.path === path);
  const note = (title: string, path: string): string | undefined => faceOf(title, path)?.note;
  assert.match(faceOf("blocks.2", "net.blocks.2")!.detail, /^Block · \d+ ops/);
  const repeat = faces.find(({ title }) => title === "6 × blocks[i]");
  assert.match(repeat!.detail, /^Block · \d+ ops/);
  assert.equal(repeat!.note, "5 … 0");
  assert.equal(note("Addmm", "net.blocks.2.fc"), "fc · Linear");
  assert.equal(note("Addmm", "net.head"), "head", "its title says it");
  assert.equal(note("LogSoftmax", ""), "", "no module, no class");
});
