import pLimit from "p-limit";
import { expect } from "vitest";
import type { KillPoint } from "./kill-switch.ts";
import { KillableRun, type Extent, type Subject } from "./killable.ts";

/** `all`: every point and 500 seeds; a number: so many seeds; by default a few points only, which takes seconds. */
const ASKED = process.env["GAMEDAY_KILL"];
export const EXHAUSTIVE = ASKED === "all";
export const SEEDS = EXHAUSTIVE ? 500 : Number(ASKED ?? 0);

/** One drill, and where its processes are killed one after the other; the one after the last of them is left alone. */
export interface Killing {
  readonly subject: Subject;
  readonly points: readonly KillPoint[];
}

/** Two at a time. @throws AggregateError of all that failed: hours of killing are not to end at the first. */
export async function killAll(script: string, killings: readonly Killing[]): Promise<void> {
  const limit = pLimit(2);
  const failures: unknown[] = [];
  let done = 0;
  const killOne = async (killing: Killing) => {
    await killAndResume(script, killing).catch((error: unknown) => failures.push(error));
    const failed = failures.length === 0 ? "" : `, ${failures.length} failed`;
    if (++done % 50 === 0) process.stderr.write(`${done} of ${killings.length}${failed}\n`);
  };
  await Promise.all(killings.map((killing) => limit(() => killOne(killing))));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("\n\n"));
}

/** Kills, resumes, kills again …, and at last lets a resume come to its end. @throws unless nothing is made twice and nothing is left. */
export async function killAndResume(script: string, { subject, points }: Killing): Promise<void> {
  await withRun(script, subject, async (run) => {
    const where = `${subject.name}, killed at ${JSON.stringify(points)}`;
    let stderr = "";
    for (const point of [...points, undefined]) {
      const next = await run.next();
      if (next !== "ended") ({ stderr } = await run.process(next, point));
    }
    if ((await run.exitCode()) !== 0) expect.fail(`${where}: not passed\n${stderr}\n${await run.story()}`);
    expect(await run.leftovers(), where).toEqual([]);
    expect(run.created(), where).toEqual(subject.makes);
  });
}

/** One run that nobody kills: how many calls, requests and events it takes. */
export function measureCleanRun(script: string, subject: Subject): Promise<Extent> {
  return withRun(script, subject, async (run) => {
    expect(await run.process("run")).toMatchObject({ code: 0 });
    expect(await run.leftovers()).toEqual([]);
    expect(run.created()).toEqual(subject.makes);
    return run.extent();
  });
}

export async function withRun<T>(script: string, subject: Subject, work: (run: KillableRun) => Promise<T>): Promise<T> {
  const run = await KillableRun.start(script, subject);
  try {
    return await work(run);
  } finally {
    await run.close();
  }
}
