/*
 * `gameday rehearse`, whole processes: ebs-snapshot-copy, and ebs-cross-region beyond what the terraform processes take, whose
 * start and end a program of that name notes, found on the PATH before the real one.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ENVIRONMENT, GAMEDAY, installed, median, run, seconds, tell } from "./measure.mjs";

const ROUNDS = Number(process.argv[2] ?? 5);
const MOST_MS = 3_000;
const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const log = join(folder, "terraform.log");
const programs = join(folder, "bin");

function noteTerraform(terraform) {
  const date = installed("date");
  mkdirSync(programs);
  const script = `#!/bin/sh
began=$(${date} +%s%N)
"${terraform}" "$@"
code=$?
echo "$began $(${date} +%s%N)" >> "${log}"
exit $code
`;
  writeFileSync(join(programs, "terraform"), script);
  chmodSync(join(programs, "terraform"), 0o755);
}

/** The time in which at least one terraform process ran, in ms, and how many there were. */
function terraformTime() {
  if (!existsSync(log)) return { ms: 0, processes: 0 };
  const lines = readFileSync(log, "utf8").trim().split("\n");
  const spans = lines.map((line) => line.split(" ").map((nanoseconds) => Number(nanoseconds) / 1e6));
  let [ms, until] = [0, 0];
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    ms += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return { ms, processes: spans.length };
}

async function rehearsal(drill) {
  const cwd = mkdtempSync(join(folder, "run-"));
  rmSync(log, { force: true });
  const env = { ...ENVIRONMENT, PATH: `${programs}${delimiter}${ENVIRONMENT.PATH}` };
  const { wallMs } = await run([process.execPath, GAMEDAY, "rehearse", drill, "--plain"], { cwd, env });
  rmSync(cwd, { recursive: true });
  return { wallMs, terraform: terraformTime() };
}

async function rounds(drill) {
  const all = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await rehearsal(drill));
  return all;
}

try {
  const copy = median((await rounds("ebs-snapshot-copy")).map(({ wallMs }) => wallMs));
  const goal = `≤ ${seconds(MOST_MS)}`;
  const what = "gameday rehearse ebs-snapshot-copy, whole process";
  tell({ id: "2.1", what, ours: seconds(copy), goal, met: copy <= MOST_MS });

  const told = { id: "2.2", what: "gameday rehearse ebs-cross-region, beyond its terraform processes", goal };
  const terraform = installed("terraform");
  if (terraform === undefined) tell({ ...told, why: "Terraform is not installed" });
  else {
    noteTerraform(terraform);
    const all = await rounds("ebs-cross-region");
    if (all.some((one) => one.terraform.processes === 0)) throw new Error("no terraform process was noted");
    const beyond = median(all.map((one) => one.wallMs - one.terraform.ms));
    const theirs = median(all.map((one) => one.terraform.ms));
    const peer = `terraform itself, ${all[0].terraform.processes} processes, ${seconds(theirs)}`;
    tell({ ...told, ours: seconds(beyond), peer, met: beyond <= MOST_MS });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
