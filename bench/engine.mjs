// Engine overhead per step: a drill of 10,000 no-op steps, the journal on disk. Prints milliseconds per step and the heap per step.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runDrill, systemClock } from "../dist/index.js";

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

const steps = Array.from({ length: STEPS }, (_, index) => ({ id: `s${index}`, uses: noop.uses, with: {} }));
const drill = {
  name: "bench",
  description: "",
  objectives: {},
  regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
  safety: { accounts: [], maxDurationMs: 3_600_000, teardownBudgetMs: 60_000 },
  controls: [],
  phases: { prepare: steps, recover: [], verify: [], teardown: [] },
  source: { path: "/bench/drill.yaml", folder: "/bench", text: "", sha256: "0".repeat(64) },
};

async function round() {
  const runFolder = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  await runDrill(drill, {
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
  const ms = (performance.now() - began) / STEPS;
  const bytes = (process.memoryUsage().heapUsed - heap) / STEPS;
  await rm(runFolder, { recursive: true });
  return { ms, bytes };
}

const rounds = [];
for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const ms = median(rounds.map((one) => one.ms));
console.log(`${STEPS} no-op steps, median of ${ROUNDS}: ${ms.toFixed(3)} ms per step (goal: at most 1 ms)`);
