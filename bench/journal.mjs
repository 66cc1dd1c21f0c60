/* The journal with 64 producers against one fdatasync per event, both on the same disk: node bench/journal.mjs. Needs a build. */
import { fdatasyncSync, mkdtempSync, openSync, closeSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal, systemClock } from "../dist/index.js";
import { median, tell } from "./measure.mjs";

const [PRODUCERS, EVENTS_EACH, ALONE, ROUNDS] = [64, 200, 2_000, 7];
const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const message = "x".repeat(100);

async function grouped(path) {
  const journal = await Journal.create(path, systemClock);
  const produce = async (producer) => {
    for (let n = 0; n < EVENTS_EACH; n++)
      await journal.append({ type: "step-progress", instance: `step[${producer}]`, message });
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: PRODUCERS }, (_, producer) => produce(producer)));
  const tookMs = performance.now() - began;
  await journal.close();
  return (tookMs * 1_000) / (PRODUCERS * EVENTS_EACH);
}

function eachSynced(path) {
  const file = openSync(path, "ax");
  const began = performance.now();
  for (let seq = 0; seq < ALONE; seq++) {
    writeSync(file, `${JSON.stringify({ v: 1, seq, type: "step-progress", instance: "step[0]", message })}\n`);
    fdatasyncSync(file);
  }
  const tookMs = performance.now() - began;
  closeSync(file);
  return (tookMs * 1_000) / ALONE;
}

const [ours, theirs] = [[], []];
await grouped(join(folder, "warm.jsonl"));
for (let round = 0; round < ROUNDS; round++) {
  ours.push(await grouped(join(folder, `${round}.jsonl`)));
  theirs.push(eachSynced(join(folder, `${round}.txt`)));
}
rmSync(folder, { recursive: true });
const ratio = median(ours) / median(theirs);
tell({
  id: "5.12a",
  what: `journal, ${PRODUCERS} producers at once`,
  ours: `${median(ours).toFixed(1)} µs per event`,
  peer: `write and fdatasync per event, ${median(theirs).toFixed(0)} µs`,
  ratio,
  goal: "≤ 0.1×",
  met: ratio <= 0.1,
});
