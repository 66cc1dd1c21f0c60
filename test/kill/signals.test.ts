import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordFigures, stopwatch } from "../figures.ts";
import { measureCleanRun, withRun } from "./battery.ts";
import { buildChild } from "./build-child.ts";
import { SNAPSHOT_COPY } from "./subjects.ts";

/** `all`: after every event of the run; a number: after so many, evenly apart; by default after a few. */
const ASKED = process.env["GAMEDAY_SIGNALS"];
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof CODES;
const SIGNALS = Object.keys(CODES) as Signal[];
const SAMPLE = [31];

let folder: string;
let script: string;
/** How many a run has that nobody interrupts; the sample is far from the last of them. */
let events = Infinity;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-signals-"));
  script = await buildChild(folder);
  if (ASKED !== undefined) ({ events } = await measureCleanRun(script, SNAPSHOT_COPY));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a signal right after any event of the run", () => {
  it("once: what was made is torn down, and the exit code is the signal's", async () => {
    await battery("signals, once", async (after, signal) => {
      await withRun(script, SNAPSHOT_COPY, async (run) => {
        const where = `${signal} after event ${after}`;
        const { code, stderr } = await run.interrupted(signal, [after]);
        const heard = stderr.includes("already tearing down") || after >= events;
        expect(heard ? [0, CODES[signal]] : [CODES[signal]], `${where}\n${stderr}`).toContain(code);
        expect(await run.leftovers(), where).toEqual([]);
        expect(run.created(), where).toSatisfy(atMost(SNAPSHOT_COPY.makes));
      });
    });
  }, 3_600_000);

  it("twice: it is left at once, what remains is told by id, and resume removes it", async () => {
    await battery("signals, twice", async (after, signal) => {
      await withRun(script, SNAPSHOT_COPY, async (run) => {
        const where = `${signal} twice, after event ${after}`;
        const { code, stderr } = await run.interrupted(signal, [after, after + 1]);
        const left = await run.leftovers();
        expect(unnamed(left, stderr), `${where}: ${left.join(", ")}\n${stderr}`).toEqual([]);
        if (left.length > 0) expect(code, `${where}\n${stderr}`).toBe(6);
        if ((await run.next()) === "resume") await run.process("resume");
        expect(await run.leftovers(), where).toEqual([]);
        expect(run.created(), where).toSatisfy(atMost(SNAPSHOT_COPY.makes));
      });
    });
  }, 3_600_000);
});

async function battery(name: string, interrupt: (after: number, signal: Signal) => Promise<void>): Promise<void> {
  const elapsed = stopwatch();
  const points = ASKED === undefined ? SAMPLE : apart(ASKED === "all" ? events : Number(ASKED));
  const limit = pLimit(2);
  await Promise.all(points.map((after, index) => limit(() => interrupt(after, SIGNALS[index % SIGNALS.length]!))));
  recordFigures({ battery: name, cases: points.length, failures: 0, seconds: elapsed() });
}

function apart(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => 1 + Math.floor((index * events) / count));
}

/**
 * What is left and told neither by its id nor, while the answer that has the id is on its way, by its token. An instance's root volume
 * is told by the instance, with which it goes.
 */
function unnamed(left: readonly string[], stderr: string): readonly string[] {
  const byToken = stderr.match(/\(id unknown, token /g)?.length ?? 0;
  const instances = stderr.match(/ec2\.instance /g)?.length ?? 0;
  return left.filter((item) => !stderr.includes(item.split(" ").at(-1)!)).slice(byToken + instances);
}

function atMost(makes: Readonly<Record<string, number>>) {
  return (created: Readonly<Record<string, number>>) =>
    Object.entries(created).every(([type, count]) => count <= makes[type]!);
}
