/*
 * Engine overhead per step: a drill of no-op steps, the journal on disk, every event synced before it is heard.
 * node bench/engine.mjs [STEPS]. Beside it listr2's own silent renderer, which writes nothing anywhere.
 */
import { Listr } from "listr2";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runDrill, systemClock } from "../dist/index.js";
import { median, tell } from "./measure.mjs";

const STEPS = Number(process.argv[2] ?? 10_000);
const ROUNDS = 5;

const noop = {
  uses: "bench.noop",
  does: "Does nothing",
  input: z.looseObject({}),
  output: z.looseObject({}),
  permissions: [],
  defaultTimeoutMs: 60_000,
  run: async () => ({}),
};

function drillOf(count) {
  const steps = Array.from({ length: count }, (_, index) => ({ id: `s${index}`, uses: noop.uses, with: {} }));
  return {
    name: "bench",
    description: "",
    objectives: {},
    regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
    safety: { accounts: [], maxDurationMs: 3_600_000, teardownBudgetMs: 60_000 },
    controls: [],
    phases: { prepare: steps, recover: [], verify: [], teardown: [] },
    source: { path: "/bench/drill.yaml", folder: "/bench", text: "", sha256: "0".repeat(64) },
  };
}

/** Milliseconds and bytes of heap (after a collection, with --expose-gc) per step. */
async function round(count) {
  const drill = drillOf(count);
  const runFolder = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  const result = await runDrill(drill, {
    runId: "01BENCH",
    runFolder,
    clock: systemClock,
    mode: "rehearsal",
    versions: { gameday: "bench", node: process.versions.node },
    process: { pid: process.pid, host: "bench" },
    stepKinds: new Map([[noop.uses, noop]]),
    resourceKinds: new Map(),
    services: () => ({}),
    guard: async () => ({ account: "", arn: "", clockOffsetMs: {} }),
    judge: () => ({ outcome: "passed", exitCode: 0 }),
  });
  const ms = (performance.now() - began) / count;
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - heap) / count;
  await rm(runFolder, { recursive: true });
  if (result.record.steps.length !== count) throw new Error(`${result.record.steps.length} of ${count} steps ran`);
  return { ms, bytes };
}

async function listr() {
  const began = performance.now();
  const tasks = Array.from({ length: STEPS }, (_, index) => ({ title: `s${index}`, task: async () => {} }));
  await new Listr(tasks, { renderer: "silent", concurrent: false }).run();
  return (performance.now() - began) / STEPS;
}

await round(1_000);
const [rounds, peers] = [[], []];
for (let i = 0; i < ROUNDS; i++) {
  rounds.push(await round(STEPS));
  peers.push(await listr());
}
const ms = median(rounds.map((one) => one.ms));
const silent = median(peers);
const ours = `${ms.toFixed(3)} ms per step`;
tell({ id: "2.5a", what: `engine, ${STEPS} no-op steps, journal on disk`, ours, goal: "≤ 1 ms", met: ms <= 1 });
const [few, many] = [await round(Math.ceil(STEPS / 4)), rounds.at(-1)];
tell({
  id: "2.5b",
  what: "memory it keeps per step (its record and the journal's facts)",
  ours: `${(many.bytes / 1024).toFixed(1)} KiB at ${STEPS} steps, ${(few.bytes / 1024).toFixed(1)} KiB at ${Math.ceil(STEPS / 4)}`,
  goal: "flat per step",
  met: many.bytes <= few.bytes * 1.25,
});
const ratio = ms / silent;
tell({
  id: "5.11a",
  what: `the same`,
  ours,
  peer: `listr2 silent, ${silent.toFixed(4)} ms`,
  ratio,
  goal: "≤ 0.35×",
  met: ratio <= 0.35,
  ...(ratio <= 0.35
    ? {}
    : { why: "every step's start and end is synced to disk (fdatasync) before it counts; listr2 keeps nothing" }),
});
