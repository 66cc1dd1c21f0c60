/* Time of `gameday history` over 10,000 runs: node bench/history.mjs [RUNS]. Needs a build. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const runs = Number(process.argv[2] ?? 10_000);
const cwd = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const hash = (text) => createHash("sha256").update(text).digest("hex");

function journal(runId, n) {
  const start = Date.UTC(2020, 0, 1) + n * 3_600_000;
  const rta = 180_000 + ((n * 7919) % 60_000);
  const at = (ms) => ({ at: new Date(start + ms).toISOString(), mono: ms });
  const drill = { name: `drill-${n % 5}`, description: "d", path: "/d", sha256: "0".repeat(64), text: "" };
  const regions = { primary: "us-east-1", dr: "us-west-2", primaryLost: true };
  const versions = { gameday: "0", node: "20" };
  const step = { phase: "verify", step: "ok", instance: "ok", attempt: 1, uses: "command.run" };
  const check = { instance: "ok", check: "files", passed: true, summary: "same" };
  const events = [
    [
      0,
      {
        type: "run-started",
        runId,
        drill,
        mode: "live",
        objectives: { rtoMs: 3_600_000 },
        regions,
        controls: [],
        steps: [],
        versions,
        process: { pid: 1, host: "h" },
      },
    ],
    [1000, { type: "phase-started", phase: "recover" }],
    [1000, { type: "disaster-declared" }],
    [2000, { type: "phase-finished", phase: "recover", outcome: "passed" }],
    [2000, { type: "phase-started", phase: "verify" }],
    [2000, { type: "step-started", ...step, input: {} }],
    ...Array.from({ length: 20 }, (_, i) => [
      2000 + i,
      { type: "step-progress", instance: "ok", message: `hashing ${i}` },
    ]),
    [rta, { type: "data-checked", ...check }],
    [rta, { type: "step-finished", ...step, outcome: "passed", outputs: {}, durationMs: rta - 2000, willRetry: false }],
    [rta, { type: "phase-finished", phase: "verify", outcome: "passed" }],
    [rta, { type: "run-finished", outcome: "passed", exitCode: 0, leftovers: [] }],
  ];
  let prev = "0".repeat(64);
  return events
    .map(([ms, event], seq) => {
      const open = JSON.stringify({ v: 1, seq, ...at(ms), prev, ...event }).slice(0, -1);
      const line = `${open},"sum":"${hash(open).slice(0, 16)}"}`;
      prev = hash(line);
      return `${line}\n`;
    })
    .join("");
}

for (let n = 0; n < runs; n++) {
  const id = `01H${String(n).padStart(23, "0")}`;
  const folder = join(cwd, ".gameday/runs", id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "journal.jsonl"), journal(id, n));
}
const binary = join(import.meta.dirname, "../dist/gameday.js");
for (const what of ["from the journals", "from the cache", "from the cache again"]) {
  const began = performance.now();
  const out = execFileSync(process.execPath, [binary, "history"], { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  process.stdout.write(`${runs} runs, ${what}: ${seconds} s (${out.match(/n = \d+/g)?.join(", ")})\n`);
}
rmSync(cwd, { recursive: true, force: true });
