/* Every report of a run of 10,000 steps, from its record: node bench/reports.mjs [STEPS]. Needs a build. */
import { foldEvents, renderReport, REPORT_FORMATS, resultOf } from "../dist/index.js";
import { ms, seconds, tell, timed } from "./measure.mjs";

const STEPS = Number(process.argv[2] ?? 10_000);
const START = Date.parse("2026-11-20T10:00:00.000Z");
const HASH = "0".repeat(64);

const events = [];
function add(mono, event) {
  events.push({ v: 1, seq: events.length, at: new Date(START + mono).toISOString(), mono, prev: HASH, ...event });
}

add(0, {
  type: "run-started",
  runId: "01JD3Q4Z6V8W0X2Y4Z6A8B0C2D",
  drill: { name: "bench", description: "Ten thousand steps", path: "/drills/bench/drill.yaml", sha256: HASH, text: "" },
  mode: "rehearsal",
  objectives: { rtoMs: 3_600_000, rpoMs: 86_400_000 },
  regions: { primary: "us-east-1", dr: "us-west-2", primaryLost: true },
  controls: ["soc2/A1.3"],
  steps: [
    { id: "restore", phase: "recover", uses: "ebs.restore-volume", targetMs: 5_000, timeoutMs: 60_000, line: 20 },
  ],
  versions: { gameday: "bench", node: process.versions.node },
  process: { pid: process.pid, host: "bench" },
});
add(1, { type: "phase-started", phase: "recover" });
add(1, { type: "disaster-declared" });
for (let n = 0; n < STEPS; n++) {
  const step = { phase: "recover", step: "restore", instance: `restore[${n}]`, attempt: 1, uses: "ebs.restore-volume" };
  const from = 10 + n * 100;
  add(from, { type: "step-started", ...step, input: {} });
  const call = {
    service: "ec2",
    operation: "CreateVolume",
    region: "us-west-2",
    startedAt: new Date(START).toISOString(),
  };
  add(from + 40, {
    type: "aws-call",
    ...call,
    durationMs: 40,
    status: 200,
    requestId: `req-${n}`,
    attempts: 1,
    instance: step.instance,
  });
  const failed = n % 97 === 0;
  const failure = { code: "snapshot-error", message: `vol-${n} is in error`, fixer: "AWS" };
  const end = { outputs: {}, durationMs: 60, willRetry: false, outcome: failed ? "failed" : "passed" };
  add(from + 60, { type: "step-finished", ...step, ...end, ...(failed ? { failure } : {}) });
}
const end = 20 + STEPS * 100;
add(end, { type: "phase-finished", phase: "recover", outcome: "failed" });
add(end, { type: "run-finished", outcome: "failed", exitCode: 5, leftovers: [] });

const began = performance.now();
const result = resultOf(foldEvents(events));
let first;
for (const format of REPORT_FORMATS) {
  const from = performance.now();
  await renderReport(result, format);
  if (format === "markdown") first = performance.now() - from;
}
const [wall, peak] = [performance.now() - began, process.resourceUsage().maxRSS / 1024];
const one = await timed(() => renderReport(result, "markdown"), 15);
const all = `${seconds(wall)}, at most ${peak.toFixed(0)} MiB`;
tell({
  id: "4.1",
  what: `all reports of a run of ${STEPS} steps (${REPORT_FORMATS.join(", ")})`,
  ours: all,
  goal: "≤ 2 s, ≤ 300 MB",
  met: wall <= 2_000 && peak * 1.048576 <= 300,
});
tell({
  id: "5.12b",
  what: `the Markdown report of a run of ${STEPS} steps`,
  ours: `${ms(one)}; ${ms(first)} when it is the first of the process`,
  goal: "≤ 60 ms",
  met: one <= 60,
});
