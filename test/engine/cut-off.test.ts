import { describe, expect, it } from "vitest";
import { cutOffs, isWallClock, wallClockCauses } from "../../src/engine/cut-off.ts";
import { hadOwnSandbox } from "../../src/engine/own-sandbox.ts";
import { started } from "../evidence/events.ts";
import { iso, recordOf, type Timed } from "../evidence/journaled.ts";

const instant = (t: number) => ({ at: iso(t), mono: t * 1000 });
const resumed = (t: number, gap: number): Timed => ({
  t,
  type: "run-resumed",
  versions: { gameday: "0", node: "20" },
  process: { pid: 2, host: "test" },
  gapMs: gap * 1000,
});
const jumped = (t: number, by: number): Timed => ({
  t,
  type: "finding",
  code: "clock-jumped",
  severity: "warning",
  message: "the clock jumped",
  clockJumpMs: by * 1000,
});
const note: Timed = { t: 50, type: "finding", code: "note", severity: "info", message: "nothing of clocks" };
const record = (...events: readonly Timed[]) => recordOf([started(), ...events]);

describe("what a steady clock has not seen", () => {
  it.each<readonly [string, Timed, readonly string[]]>([
    ["the run was cut off", resumed(50, 10), ["cut-off"]],
    ["the machine slept", jumped(50, 10), ["clock-jump"]],
    ["the clock was set back, which no steady clock minds", jumped(50, -10), []],
    ["something else was found", note, []],
  ])("lies between two instants where %s between them", (_what, event, causes) => {
    const stops = record(event);
    expect(wallClockCauses(stops, instant(40), instant(60))).toEqual(causes);
    expect(isWallClock(stops, instant(40), instant(60))).toBe(causes.length > 0);
    for (const [from, to] of [
      [50, 60],
      [40, 50],
      [51, 60],
      [40, 49],
    ] as const)
      expect(wallClockCauses(stops, instant(from), instant(to)), `${from} to ${to}`).toEqual([]);
  });

  it("is one stretch for each time the run or its machine stood still, which ends when it went on", () => {
    expect(cutOffs(record(resumed(50, 10), note, jumped(80, 5), jumped(90, -5)))).toEqual([
      { from: 40_000, to: 50_000 },
      { from: 75_000, to: 80_000 },
    ]);
  });
});

describe("a sandbox of a run's own", () => {
  it("is a rehearsal's that names no endpoint: nothing of it is there any more", () => {
    const endpoint = "http://127.0.0.1:4566";
    expect(hadOwnSandbox({ mode: "rehearsal" })).toBe(true);
    expect(hadOwnSandbox({ mode: "rehearsal", endpoint })).toBe(false);
    expect(hadOwnSandbox({ mode: "live" })).toBe(false);
    expect(hadOwnSandbox({ mode: "live", endpoint })).toBe(false);
  });
});
