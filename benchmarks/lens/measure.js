// Runs in the page: what browser.py prints, as numbers.
const median = (list) => list.toSorted((one, other) => one - other)[list.length >> 1];
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
/** An animation of the lens is over by then. */
const SETTLED = 500;
const WARM = 9;
/** Records come at any time between two frames: the warm views begin evenly spread over one. */
const FRAME_MS = 1000 / 60;
const TOGGLES = 12;
const FRAMES = 90;

/** The bytes of a payload, as Streamlit hands them over. */
async function received(address) {
  return new Uint8Array(await (await fetch(address)).arrayBuffer());
}

const passOf = (bytes) => lens.readRun(bytes).trace.passes[0];

/** From bytes in memory to a painted view, in a page that has never shown one. */
async function mounted(bytes) {
  const start = performance.now();
  const it = new lens.ExplorerLens(document.getElementById("lens"), {
    pass: passOf(bytes),
    source: [],
    palette: lens.PALETTES.light,
    port: () => lens.workerPort(WORKER),
    onSelect: () => undefined,
    onHover: () => undefined,
  });
  await it.ready;
  return [it, performance.now() - start];
}

async function loading(address) {
  const bytes = await received(address);
  const [it, cold] = await mounted(bytes);
  const warm = [];
  for (let time = 0; time < WARM; time += 1) {
    await rest(3 * FRAME_MS + (time * FRAME_MS) / WARM);
    const start = performance.now();
    await it.setPass(passOf(bytes));
    warm.push(performance.now() - start);
  }
  const groups = (open) => [...document.querySelectorAll(`[aria-expanded=${open}]`)];
  const closed = groups(false).at(-1);
  const group = closed ?? groups(true).at(-1);
  const toggles = [];
  for (let time = closed ? 0 : 1; group && toggles.length < TOGGLES; time += 1) {
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
    toggle: toggles.length ? median(toggles) : null,
    worst: toggles.length ? Math.max(...toggles) : null,
  };
}

/** Milliseconds between frames while something changes in each: the median, and 95 % of them. */
async function frames(change) {
  const times = [];
  let last = 0;
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const now = await new Promise(requestAnimationFrame);
    if (last) times.push(now - last);
    last = now;
    change(frame);
  }
  times.sort((one, other) => one - other);
  return [median(times), times[Math.floor(times.length * 0.95)]];
}

async function moving(address, boxes) {
  const [it] = await mounted(await received(address));
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
  const replaying = await frames((frame) => it.setStep(frame * 60, "backward", true));
  return { boxes: it.status.boxes, panning, replaying };
}
