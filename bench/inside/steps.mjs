import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runDrill } from "../../src/engine/run-drill.ts";
import { systemClock } from "../../src/time/system-clock.ts";

const NOOP = {
  uses: "bench.noop",
  does: "Does nothing",
  input: z.looseObject({}),
  output: z.looseObject({}),
  permissions: [],
  defaultTimeoutMs: 60_000,
  run: async () => ({}),
};

function drillOf(count) {
  const steps = Array.from({ length: count }, (_, index) => ({ id: `s${index}`, uses: NOOP.uses, with: {} }));
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

/** Runs a drill of so many steps that do nothing, with the engine and a journal on disk; its record. */
export async function runSteps(count, { listeners = [] } = {}) {
  const runFolder = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  const { record } = await runDrill(drillOf(count), {
    runId: "01BENCH",
    runFolder,
    clock: systemClock,
    mode: "rehearsal",
    versions: { gameday: "bench", node: process.versions.node },
    process: { pid: process.pid, host: "bench" },
    stepKinds: new Map([[NOOP.uses, NOOP]]),
    resourceKinds: new Map(),
    services: () => ({}),
    guard: async () => ({ account: "", arn: "", clockOffsetMs: {} }),
    judge: () => ({ outcome: "passed", exitCode: 0 }),
    listeners,
  });
  await rm(runFolder, { recursive: true });
  if (record.steps.length !== count) throw new Error(`${record.steps.length} of ${count} steps ran`);
  return record;
}
