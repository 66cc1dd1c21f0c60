import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordFigures, stopwatch } from "../figures.ts";
import { EXHAUSTIVE, killAll, measureCleanRun, SEEDS } from "./battery.ts";
import { buildChild } from "./build-child.ts";
import type { KillPoint } from "./kill-switch.ts";
import type { Extent, Subject } from "./killable.ts";
import { randomKillings, type MeasuredSubject } from "./random-killings.ts";
import { DR_COPY, smallMassRestore, SNAPSHOT_COPY } from "./subjects.ts";

const LONG = 4 * 3_600_000;

let folder: string;
let script: string;
let subjects: readonly Subject[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameday-kill-child-"));
  script = await buildChild(folder);
  subjects = [SNAPSHOT_COPY, DR_COPY, await smallMassRestore(folder)];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("SIGKILL, then resume: the run passes, nothing is made twice, nothing is left", () => {
  it.runIf(EXHAUSTIVE).each(["ebs-snapshot-copy", "ebs-cross-region without Terraform", "ebs-mass-restore, small"])(
    "at every call of %s that changes something, before and after its effect, and right after every event",
    async (name) => {
      const subject = subjects.find((one) => one.name === name)!;
      const elapsed = stopwatch();
      const extent = await measureCleanRun(script, subject);
      const points = everyPoint(extent);
      await killAll(
        script,
        points.map((point) => ({ subject, points: [point] })),
      );
      const more = { ...extent };
      recordFigures({ battery: `kill ${name}`, cases: points.length, failures: 0, seconds: elapsed(), more });
      expect(points.length).toBeGreaterThan(50);
    },
    LONG,
  );

  it.skipIf(EXHAUSTIVE)("at a few points", () =>
    killAll(script, [
      // Twice in a row: the second time soon after it has begun to look for what it had made.
      {
        subject: SNAPSHOT_COPY,
        points: [
          { call: 3, when: "after the effect" },
          { request: 12, delayMs: 7 },
        ],
      },
      // A script goes on on its host while the run is resumed.
      { subject: subjects[2]!, points: [{ call: 17, when: "after the effect" }] },
    ]),
  );

  it.skipIf(SEEDS === 0)(
    `at random instants, twice in a row${SEEDS === 0 ? " (skipped: GAMEDAY_KILL=50 tries fifty)" : ""}`,
    async () => {
      const elapsed = stopwatch();
      const measured: MeasuredSubject[] = [];
      for (const subject of subjects.slice(0, SEEDS))
        measured.push({ subject, requests: (await measureCleanRun(script, subject)).requests });
      await killAll(script, randomKillings(measured, SEEDS));
      recordFigures({
        battery: "kill random",
        cases: SEEDS,
        failures: 0,
        seconds: elapsed(),
        more: { kills: 2 * SEEDS },
      });
    },
    LONG,
  );
});

function everyPoint({ calls, events }: Extent): readonly KillPoint[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return [
    ...numbers(calls).flatMap((call) => [
      { call, when: "before the effect" } as const,
      { call, when: "after the effect" } as const,
    ]),
    ...numbers(events).map((event) => ({ event })),
  ];
}
