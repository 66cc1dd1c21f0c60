import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { start, throwAwayFolder, type Started } from "../cli/binary.ts";
import { sandboxOf } from "../cli/standalone-sandbox.ts";
import { recordFigures, stopwatch } from "../figures.ts";

/** `GAMEDAY_RACES=200` is the whole battery. */
const RACES = Number(process.env["GAMEDAY_RACES"] ?? 2);

/** Its one step lasts as long as the gameday that runs it. */
const DRILL = `apiVersion: gameday/v1
name: race
description: Lasts until it is killed
regions: { primary: us-east-1, dr: us-west-2 }
safety:
  accounts: ["111122223333"]
recover:
  - id: stay
    uses: command.run
    with: { command: [sh, -c, "while kill -0 $PPID; do sleep 0.1; done"] }
verify:
  - id: check
    uses: command.run
    with: { command: ["true"] }
`;
const STEP_RUNS = "recover stay (command.run) started";

describe("two processes that start one drill at the same moment", () => {
  it("one wins, the other names it and exits with 11; the lock of a killed owner is taken over at once", async () => {
    const { environment: env } = await sandboxOf();
    const elapsed = stopwatch();
    const takeovers: number[] = [];
    for (let race = 0; race < RACES; race++) takeovers.push(await raceOnce(env));
    takeovers.sort((a, b) => a - b);
    const more = {
      "median takeover, ms": Math.round(takeovers[takeovers.length >> 1]!),
      "slowest takeover, ms": Math.round(takeovers.at(-1)!),
    };
    recordFigures({ battery: "races", cases: RACES, failures: 0, seconds: elapsed(), more });
  }, 3_600_000);
});

/** Returns the milliseconds from the owner's death to the next one's first step, the start of its process included. */
async function raceOnce(env: Readonly<Record<string, string>>): Promise<number> {
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "race.yaml"), DRILL);
  const runIt = () => start(["run", "race.yaml", "--plain"], { cwd, env });
  const racers = [runIt(), runIt()];
  const loser = await Promise.race(racers.map(async (racer) => (await racer.ended, racer)));
  const winner = racers.find((racer) => racer !== loser)!;
  await winner.shows(STEP_RUNS);
  const { code, stdout, stderr } = await loser.ended;
  expect(code, stderr).toBe(11);
  expect(stdout).toContain(`process ${winner.child.pid} on `);
  await killed(winner);
  const elapsed = stopwatch();
  const next = runIt();
  await next.shows(STEP_RUNS);
  const ms = elapsed() * 1000;
  await killed(next);
  return ms;
}

async function killed({ child, ended }: Started): Promise<void> {
  child.kill("SIGKILL");
  expect((await ended).code).toBe(null);
}
