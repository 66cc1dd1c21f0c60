import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { resultSchema } from "../../src/evidence/result/schema.ts";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { sandboxOf } from "./standalone-sandbox.ts";

/** faketime's own library, which it puts before a program's. */
const preloaded = spawnSync("faketime", ["-m", "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"], { encoding: "utf8" });
const library = (preloaded.stdout ?? "").trim();
const reason = library === "" ? " (skipped: no faketime here)" : "";

const DRILL = `apiVersion: gameday/v1
name: sleepy
description: The machine sleeps for two hours while it recovers.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - { id: sleep, uses: command.run, with: { command: [mv, two-hours-on, clock] } }
verify:
  - { id: look, uses: command.run, with: { command: [node, --version] } }
`;

it.skipIf(reason !== "")(`a wall clock that jumps in the middle of a run counts, and is told${reason}`, async () => {
  const sandbox = await sandboxOf();
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "sleepy.yaml"), DRILL);
  await writeFile(join(cwd, "clock"), "+0\n");
  await writeFile(join(cwd, "two-hours-on"), "+2h\n");
  const clock = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: join(cwd, "clock"),
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const env = { ...sandbox.environment, ...clock };
  const { stdout: told } = await gameday(["run", "sleepy.yaml", "--plain"], { cwd, env });
  const warning =
    "part of the RTA is known by the wall clock only: the machine slept or was paused during the recovery, or its clock was set ahead";
  expect(told).toContain(`warning: ${warning}`);
  const [runId = ""] = await readdir(join(cwd, ".gameday/runs"));
  const folder = join(cwd, ".gameday/runs", runId);
  const result = resultSchema.parse(JSON.parse(await readFile(join(folder, "result.json"), "utf8")));
  expect(result.verdict.warnings).toEqual([warning]);
  expect(result.findings.map((finding) => finding.code)).toEqual(["clock-jumped"]);
  expect(result.recoveryTime).toMatchObject({ wallClock: true, wallClockCauses: ["clock-jump"] });
  expect(result.recoveryTime?.rtaMs).toBeGreaterThan(2 * 3_600_000);
  expect(result.objectives).toMatchObject([{ objective: "RTO", met: false }]);
  expect(result.phases.filter(({ wallClock }) => wallClock).map(({ phase }) => phase)).toEqual(["recover"]);
  expect(await gamedayHere(["verify", join(folder, "bundle")], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^WHOLE /),
  });
});
