// Runs in the page: what measure.py prints, as numbers.
const median = (list) => list.toSorted((one, other) => one - other)[list.length >> 1];
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
/** An animation of the lens is over by then. */
const SETTLED = 500;

/** Columns of a test graph as they would travel. */
function travelling(name, size) {
  const it = lens.graphs[name](size);
  const sizes = Array.from(it.size, (norm) => (norm === -1 ? null : norm));
  return JSON.stringify({
    kind: [...it.kind],
    ops: it.op.texts,
    op: [...it.op.of],
    names: it.name.texts,
    name: [...it.name.of],
    scopes: it.scope.texts,
    scope: [...it.scope.of],
    line: [...it.line],
    visit: [...it.visit],
    step: [...it.step],
    tail: [...it.tail],
    head: [...it.head],
    size: sizes,
    data: [...it.data].flatMap((is, edge) => (is ? [edge] : [])),
  });
}

async function mounted(text) {
  const element = document.getElementById("lens");
  const start = performance.now();
  const it = new lens.ExplorerLens(element, {
    pass: text,
    source: [],
    palette: lens.PALETTES.light,
    port: () => lens.workerPort(WORKER),
    onSelect: () => undefined,
    onHover: () => undefined,
  });
  await it.ready;
  return [it, performance.now() - start];
}

async function loading(name, size) {
  const text = travelling(name, size);
  const [it, cold] = await mounted(text);
  const warm = [];
  for (let time = 0; time < 9; time += 1) {
    await rest(50);
    const start = performance.now();
    await it.setPass(text);
    warm.push(performance.now() - start);
  }
  const group = [...document.querySelectorAll("[aria-expanded=false]")].at(-1);
  const toggles = [];
  for (let time = 0; group && time < 12; time += 1) {
    const id = Number(group.dataset.box);
    const start = performance.now();
    await (time % 2 ? it.closeGroup(id) : it.openGroup(id));
    toggles.push(performance.now() - start);
    await rest(SETTLED);
  }
  return {
    ...it.status,
    cold,
    warm: median(warm),
    toggle: median(toggles),
    worst: Math.max(...toggles),
  };
}

/** Times between frames while something changes in each. */
async function frames(change) {
  const times = [];
  let last = 0;
  for (let frame = 0; frame < 90; frame += 1) {
    const now = await new Promise(requestAnimationFrame);
    if (last) times.push(now - last);
    last = now;
    change(frame);
  }
  times.sort((one, other) => one - other);
  return [median(times), times[Math.floor(times.length * 0.95)]];
}

async function moving(boxes) {
  const [it] = await mounted(travelling("blocks", 1000));
  await it.boxes(boxes);
  it.fit();
  await rest(SETTLED);
  const canvas = document.querySelector("canvas.sheet");
  const point = (type, y) =>
    canvas.dispatchEvent(
      new PointerEvent(type, { pointerId: 1, clientX: 600, clientY: y, isPrimary: true }),
    );
  canvas.setPointerCapture = () => undefined;
  point("pointerdown", 300);
  const panning = await frames((frame) => point("pointermove", 300 + 40 * Math.sin(frame / 8)));
  point("pointerup", 300);
  const replaying = await frames((frame) => it.setStep(frame * 60, "backward"));
  return { boxes: it.status.boxes, panning, replaying };
}
