/*
 * The engine's own cost per step: a drill of no-op steps, the journal on disk, every event synced before it is heard.
 * node --expose-gc bench/engine.mjs [STEPS]. Beside it listr2's silent renderer, which writes nothing anywhere, and the disk alone.
 */
import { Listr } from "listr2";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inside } from "./from-source.mjs";
import { median, ms, tell } from "./measure.mjs";

const STEPS = Number(process.argv[2] ?? 10_000);
const ROUNDS = 5;
const { runSteps } = await inside("steps");

/** Milliseconds and bytes of heap per step, and how many events it journals. */
async function round(count) {
  let events = 0;
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  const record = await runSteps(count, { listeners: [() => void events++] });
  const perStep = (performance.now() - began) / count;
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - heap) / record.steps.length;
  return { ms: perStep, bytes, events: events / count };
}

/** Milliseconds of one line appended and synced, by the same calls. */
async function syncOnce(lines = 2_000) {
  const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
  const file = await open(join(folder, "lines"), "ax");
  const began = performance.now();
  for (let line = 0; line < lines; line++) {
    await file.appendFile(`${"x".repeat(400)}\n`);
    await file.datasync();
  }
  const once = (performance.now() - began) / lines;
  await file.close();
  rmSync(folder, { recursive: true });
  return once;
}

async function listr() {
  const began = performance.now();
  const tasks = Array.from({ length: STEPS }, (_, index) => ({ title: `s${index}`, task: async () => {} }));
  await new Listr(tasks, { renderer: "silent", concurrent: false }).run();
  return (performance.now() - began) / STEPS;
}

await round(1_000);
const [rounds, syncs, peers] = [[], [], []];
for (let i = 0; i < ROUNDS; i++) {
  rounds.push(await round(STEPS));
  syncs.push(await syncOnce());
  peers.push(await listr());
}
const perStep = median(rounds.map((one) => one.ms));
const disk = median(syncs) * rounds[0].events;
const silent = median(peers);
const ours = `${ms(perStep)} per step, ${ms(disk)} of it the disk's`;
tell({ id: "2.5a", what: `${STEPS} no-op steps, journal on disk`, ours, goal: "≤ 1 ms", met: perStep <= 1 });
const [few, many] = [await round(Math.ceil(STEPS / 4)), rounds.at(-1)];
if (globalThis.gc)
  tell({
    id: "2.5b",
    what: "memory kept per step (its record and the journal's facts)",
    ours: `${(many.bytes / 1024).toFixed(1)} KiB at ${STEPS} steps, ${(few.bytes / 1024).toFixed(1)} KiB at ${Math.ceil(STEPS / 4)}`,
    goal: "flat per step",
    met: many.bytes <= few.bytes * 1.25,
  });
const ratio = perStep / silent;
tell({
  id: "5.11a",
  what: `${STEPS} no-op steps against a task list that keeps nothing`,
  ours,
  peer: `listr2 silent, ${ms(silent)}`,
  ratio,
  goal: "≤ 0.35×",
  met: ratio <= 0.35,
  ...(ratio <= 0.35
    ? {}
    : {
        why: `a step's ${rounds[0].events.toFixed(0)} events are synced to disk one after the other before they count, at ${ms(median(syncs))} each on this disk; listr2 writes nothing`,
      }),
});
