/* Time of `gameday history` over 10,000 runs: node bench/history.mjs [RUNS]. Needs a build. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GAMEDAY, median, run, seconds, tell } from "./measure.mjs";

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
const cache = join(cwd, ".gameday/history.jsonl");
const history = () => run([process.execPath, GAMEDAY, "history"], { cwd });
const fromJournals = [];
for (let round = 0; round < 3; round++) {
  rmSync(cache, { force: true });
  fromJournals.push((await history()).wallMs);
}
if (!existsSync(cache)) throw new Error("history keeps its cache elsewhere");
const fromCache = [];
for (let round = 0; round < 5; round++) fromCache.push((await history()).wallMs);
// What a run leaves in its folder at its end, here taken from the cache: journals of a bench have no run that could.
for (const line of readFileSync(cache, "utf8").trimEnd().split("\n"))
  writeFileSync(join(cwd, ".gameday/runs", JSON.parse(line).summary.run, "summary.json"), `${line}\n`);
const fromFolders = [];
for (let round = 0; round < 3; round++) {
  rmSync(cache, { force: true });
  fromFolders.push((await history()).wallMs);
}
rmSync(cwd, { recursive: true, force: true });
const [read, again, elsewhere] = [fromJournals, fromCache, fromFolders].map((times) => median(times));
const what = `gameday history of ${runs} runs`;
const goal = "≤ 2 s";
tell({ id: "4.3a", what, ours: seconds(again), goal, met: again <= 2_000 });
tell({ id: "4.3b", what: `${what}, the first time`, ours: seconds(elsewhere), goal, met: elsewhere <= 2_000 });
tell({
  id: "4.3c",
  what: `${what}, the first time and none of them ended: every journal is read`,
  ours: seconds(read),
  goal: "–",
});
