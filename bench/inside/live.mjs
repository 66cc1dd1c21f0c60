/* So many no-op steps, live on the terminal it runs in: node live.mjs (gameday | view | listr2 | nothing) STEPS RESULT. Writes what it took there. */
import { writeFileSync } from "node:fs";
import { Listr } from "listr2";
import { terminalReporter } from "../../src/reporters/terminal/terminal.ts";
import { systemClock } from "../../src/time/system-clock.ts";
import { runSteps } from "./steps.mjs";

const [who, count, result] = process.argv.slice(2);

async function gameday(steps) {
  const shown = terminalReporter({ stream: process.stderr, clock: systemClock });
  await runSteps(steps, { listeners: [(event) => shown.onEvent(event)] });
  await shown.finish();
}

/** The same events without the engine and its journal, as fast as they can be shown. */
async function view(steps) {
  const painted = terminalReporter({ stream: process.stderr, clock: systemClock });
  const began = performance.now();
  for (const event of eventsOf(steps)) {
    painted.onEvent({ v: 1, at: "", prev: "", seq: 0, mono: performance.now() - began, ...event });
    await undefined;
    if (event.type === "step-finished") await new Promise((resolve) => setImmediate(resolve));
  }
  await painted.finish();
}

function* eventsOf(steps) {
  const planned = Array.from({ length: steps }, (_, n) => ({ id: `s${n}`, phase: "prepare", uses: "x", timeoutMs: 1 }));
  yield {
    type: "run-started",
    runId: "01BENCH",
    drill: { name: "bench" },
    mode: "live",
    objectives: {},
    steps: planned,
  };
  yield { type: "phase-started", phase: "prepare" };
  for (const { id, phase, uses } of planned) {
    const step = { phase, step: id, instance: id, attempt: 1, uses };
    yield { type: "step-started", ...step, input: {} };
    yield { type: "step-finished", ...step, outcome: "passed", outputs: {}, durationMs: 0, willRetry: false };
  }
  yield { type: "phase-finished", phase: "prepare", outcome: "passed" };
}

async function nothing() {}

async function listr2(steps) {
  const tasks = Array.from({ length: steps }, (_, n) => ({ title: `s${n}`, task: async () => {} }));
  await new Listr(tasks, { concurrent: false }).run();
}

if (process.stdout.columns !== 120 || process.stdout.rows !== 40) throw new Error("not a terminal of 40 × 120");
const began = performance.now();
await { gameday, view, listr2, nothing }[who](Number(count));
const wallMs = performance.now() - began;
writeFileSync(result, JSON.stringify({ wallMs, mib: process.resourceUsage().maxRSS / 1024 }));
