import assert from "node:assert/strict";
import { test } from "node:test";
import { abridged, changes, difference } from "../src/failure.js";

test("what a change adds is told from what stays", () => {
  assert.deepEqual(difference("y += 1", "y = y + 1"), ["y ", "= y +", " 1"]);
  assert.deepEqual(difference("loss.backward()", "loss.sum().backward()"), [
    "loss.",
    "sum().",
    "backward()",
  ]);
  assert.deepEqual(difference("a = 1", "a = 1"), ["a = 1", "", ""]);
  assert.deepEqual(difference("", "x"), ["", "x", ""]);
  assert.deepEqual(difference("f(x)", "f(x, 1)"), ["f(x", ", 1", ")"]);
  assert.deepEqual(difference("h = f(h)", "h = h.detach()\nh = f(h)"), [
    "",
    "h = h.detach()\n",
    "h = f(h)",
  ]);
});

test("all three parts together are the new text", () => {
  for (const [old, now] of [
    ["aa", "aaa"],
    ["abc", "c"],
    ["y = x\n", "y = x\ny = 2\n"],
  ] as const)
    assert.equal(difference(old, now).join(""), now);
});

test("of several lines only those are marked that are not as before", () => {
  const old = "import plots\ny = x\nplot(y)";
  const now = "# import plots\ny = x\n# plot(y)";
  const parts = changes(old, now);
  assert.deepEqual(
    parts.filter(([, is]) => is).map(([text]) => text),
    ["# import plots", "# plot(y)"],
  );
  assert.equal(parts.map(([text]) => text).join(""), now);
  assert.deepEqual(changes("y += 1", "y = y + 1"), [
    ["y ", false],
    ["= y +", true],
    [" 1", false],
  ]);
});

test("of a long change the new lines are shown, each with its neighbours", () => {
  const old = Array.from({ length: 30 }, (_, at) => `line ${at}`);
  const now = old.map((line, at) => (at === 3 || at === 20 ? `# ${line}` : line));
  const shown = abridged(changes(old.join("\n"), now.join("\n")))!;
  assert.deepEqual(
    shown.map(([text]) => text.trimEnd()),
    ["⋯", "line 2", "# line 3", "line 4", "⋯", "line 19", "# line 20", "line 21", "⋯"],
  );
  assert.deepEqual(
    shown.filter(([, is]) => is).map(([text]) => text),
    ["# line 3\n", "# line 20\n"],
  );
});

test("of a long change with more lines than before the same holds", () => {
  const old = Array.from({ length: 20 }, (_, at) => `line ${at}\n`);
  const now = [...old.slice(0, 10), "new\n", ...old.slice(10)];
  const shown = abridged(changes(old.join(""), now.join("")))!;
  assert.deepEqual(
    shown.map(([text]) => text),
    ["⋯\n", "line 9\n", "new\n", "line 10\n", "⋯\n"],
  );
});

test("a short change is shown whole", () => {
  assert.equal(abridged(changes("a\nb", "a\nc")), null);
});
