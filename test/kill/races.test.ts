import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { start, throwAwayFolder, type Started } from "../cli/binary.ts";
import { capturedIo } from "../cli/captured-io.ts";
import { gamedayHere } from "../cli/in-process.ts";
import { sandboxOf } from "../cli/standalone-sandbox.ts";
import { RUN_ID } from "../evidence/events.ts";
import { recordFigures, stopwatch } from "../figures.ts";

/** `GAMEDAY_RACES=200` is the whole battery. */
const RACES = Number(process.env["GAMEDAY_RACES"] ?? 1);

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

describe("a run that another process goes on with", () => {
  it("is not taken up while its process lives, and by one of two when it has been killed", async () => {
    const { environment: env } = await sandboxOf();
    const cwd = await throwAwayFolder();
    await writeFile(join(cwd, "race.yaml"), DRILL);
    const owner = start(["run", "race.yaml", "--plain"], { cwd, env });
    await owner.shows(STEP_RUNS);
    const journal = join(cwd, ".gameday/runs", await onlyRun(cwd), "journal.jsonl");
    const before = await readFile(journal);
    const tooEarly = await gamedayHere(["resume", "latest", "--plain"], { cwd, env });
    expect(tooEarly).toMatchObject({ code: 11, stderr: expect.stringContaining(`process ${owner.child.pid} on `) });
    expect(await readFile(journal)).toEqual(before);
    await killed(owner);

    const racers = ["1", "2"].map(() => start(["resume", "latest", "--plain"], { cwd, env }));
    const loser = await Promise.race(racers.map(async (racer) => (await racer.ended, racer)));
    const winner = racers.find((racer) => racer !== loser)!;
    // What the owner did is shown first.
    await winner.shows(STEP_RUNS, 2);
    expect(await loser.ended).toMatchObject({
      code: 11,
      stderr: expect.stringContaining(`process ${winner.child.pid} on `),
    });
    await killed(winner);
    expect((await readJournal(journal)).events.filter(({ type }) => type === "run-resumed")).toHaveLength(1);
  });

  it("is nothing to resume or to report when it was killed before its first event", async () => {
    await using io = await capturedIo();
    const folder = join(io.cwd, ".gameday/runs", RUN_ID);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "journal.jsonl"), "");
    for (const command of ["resume", "report"]) {
      expect(await runCommand([command, RUN_ID], io)).toBe(2);
      expect(io.err()).toContain("before its first event");
      expect(io.err()).not.toContain("has a bug");
    }
  });
});

async function onlyRun(cwd: string): Promise<string> {
  const [run] = await readdir(join(cwd, ".gameday/runs"));
  return run!;
}

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
