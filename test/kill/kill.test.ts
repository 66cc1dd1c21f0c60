import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildChild, KillableRun, type KillPoint } from "./killable.ts";

const DRILL = join(import.meta.dirname, "../../drills/ebs-snapshot-copy/drill.yaml");
/** `GAMEDAY_KILL=all` kills at every point; by default at a few that lie apart. */
const EVERYWHERE = process.env["GAMEDAY_KILL"] === "all";

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-kill-child-"));
  script = await buildChild(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withRun<T>(work: (run: KillableRun) => Promise<T>): Promise<T> {
  const run = await KillableRun.start(script, DRILL);
  try {
    return await work(run);
  } finally {
    await run.close();
  }
}

async function resumeToTheEnd(run: KillableRun, killedAt: string): Promise<void> {
  const { code, stderr } = await run.process("resume");
  if (code !== 0) expect.fail(`killed ${killedAt}, resumed with ${code}\n${stderr}\n${await run.story()}`);
  expect(await run.leftovers(), killedAt).toEqual([]);
}

describe("SIGKILL", () => {
  it("at a call that changes something: the resumed run passes, makes nothing twice and leaves nothing", async () => {
    const clean = await withRun(async (run) => {
      expect(await run.process("run")).toMatchObject({ code: 0 });
      expect(await run.leftovers()).toEqual([]);
      return { calls: run.calls, created: run.created() };
    });
    for (const point of pointsOf(clean.calls))
      await withRun(async (run) => {
        expect((await run.process("run", point)).code, JSON.stringify(point)).toBe(null);
        await resumeToTheEnd(run, JSON.stringify(point));
        expect(run.created(), JSON.stringify(point)).toEqual(clean.created);
      });
  }, 600_000);

  it("twice in a row, the second time in the resume, changes nothing of that", () =>
    withRun(async (run) => {
      expect((await run.process("run", { call: 5, when: "after the effect" })).code).toBe(null);
      expect((await run.process("resume", { call: 2, when: "before the effect" })).code).toBe(null);
      await resumeToTheEnd(run, "twice");
    }));
});

function pointsOf(calls: number): readonly KillPoint[] {
  const numbers = Array.from({ length: calls }, (_, index) => index + 1);
  const all = numbers.flatMap((call) => [
    { call, when: "before the effect" } as const,
    { call, when: "after the effect" } as const,
  ]);
  return EVERYWHERE ? all : [all[3]!, all[10]!];
}
