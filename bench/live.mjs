/*
 * The live view of 1,000 steps in a pseudo terminal of 40 × 120, against listr2's default renderer with 200 tasks: its cost
 * grows with the square of their number. Needs script (util-linux).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "./from-source.mjs";
import { ENVIRONMENT, installed, median, ms, tell } from "./measure.mjs";

const [OURS, THEIRS, ROUNDS] = [1_000, 200, 5];
const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const { file, remove } = await bundled("live");

/** What a side took in a terminal of its own. */
function shown(side, steps) {
  const result = join(folder, side);
  const command = `stty rows 40 cols 120; exec "${process.execPath}" "${file}" ${side} ${steps} "${result}"`;
  const env = { ...ENVIRONMENT, TERM: "xterm-256color" };
  delete env.CI;
  const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { env, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${side} ended with ${status}: ${stdout.toString().slice(-500)}`);
  return { ...JSON.parse(readFileSync(result, "utf8")), drawn: stdout.length };
}

function medians(side, steps, rounds = ROUNDS) {
  const all = Array.from({ length: rounds }, () => shown(side, steps));
  return Object.fromEntries(["wallMs", "mib", "drawn"].map((key) => [key, median(all.map((one) => one[key]))]));
}

try {
  if (!installed("script")) throw new Error("script (util-linux) is needed for a pseudo terminal");
  const [view, whole, listr2] = [medians("view", OURS), medians("gameday", OURS), medians("listr2", THEIRS, 3)];
  const drawn = ({ drawn: bytes }) => `${(bytes / 1024).toFixed(0)} KiB drawn`;
  const of = `listr2's default renderer, ${THEIRS} tasks`;
  const ratio = view.wallMs / listr2.wallMs;
  tell({
    id: "5.11b",
    what: `live view of ${OURS} steps in a terminal of 40 × 120`,
    ours: `${ms(view.wallMs)} (${drawn(view)}); with engine and journal ${ms(whole.wallMs)} (${drawn(whole)})`,
    peer: `${of}, ${ms(listr2.wallMs)} (${drawn(listr2)})`,
    ratio,
    goal: "≤ 0.02×",
    met: ratio <= 0.02,
    ...(ratio <= 0.02 ? {} : { why: `showing a single step takes ${ms(medians("view", 1, 3).wallMs)} of it already` }),
  });
  const memory = view.mib / listr2.mib;
  const empty = medians("nothing", 0, 3).mib;
  tell({
    id: "5.11c",
    what: "memory of that live view",
    ours: `${view.mib.toFixed(0)} MiB`,
    peer: `${of}, ${listr2.mib.toFixed(0)} MiB`,
    ratio: memory,
    goal: "≤ 0.15×",
    met: memory <= 0.15,
    ...(memory <= 0.15
      ? {}
      : {
          why: `Node with the benchmark's code and nothing shown holds ${empty.toFixed(0)} MiB, ${(empty / listr2.mib).toFixed(2)}× by itself; the view adds ${(view.mib - empty).toFixed(0)} MiB, listr2 ${(listr2.mib - empty).toFixed(0)} MiB with a fifth of the tasks`,
        }),
  });
} finally {
  remove();
  rmSync(folder, { recursive: true });
}
