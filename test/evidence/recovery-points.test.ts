import { describe, expect, it } from "vitest";
import { resultOf } from "../../src/evidence/result/result.ts";
import { renderMarkdown } from "../../src/reporters/markdown/render.ts";
import { iso, recordOf, type Timed } from "./journaled.ts";
import { passedRehearsal } from "./runs.ts";

/** The disaster of `passedRehearsal`, in seconds from its start. */
const DISASTER = 2_700;

/** A second recovery point, of another volume: `startedAt` and `markerAt` are seconds. */
function withAnother(startedAt: number, markerAt?: number): readonly Timed[] {
  return passedRehearsal().flatMap((event): Timed[] => {
    if (event.type !== "recovery-point") return [event];
    if (event.recoveryPointId === undefined)
      return [
        event,
        ...(markerAt === undefined ? [] : [{ ...event, instance: "other", markerFoundAt: iso(markerAt) }]),
      ];
    return [
      event,
      {
        ...event,
        instance: "other",
        recoveryPointId: "snap-0other",
        sourceId: "snap-0othersource",
        sourceStartTime: iso(startedAt),
        encrypted: false,
      },
    ];
  });
}

const pointOf = (events: readonly Timed[]) => resultOf(recordOf(events)).recoveryPoint;

describe("several recovery points", () => {
  it("are all listed, the oldest first, and the RPA is that of the oldest", async () => {
    const events = withAnother(-600);
    const point = pointOf(events);
    expect(point.recoveryPointId).toBe("snap-0other");
    expect(point.all?.map(({ recoveryPointId, ageMs }) => [recoveryPointId, ageMs])).toEqual([
      ["snap-0other", (DISASTER + 600) * 1000],
      ["snap-0d0d0d0d000000002", (DISASTER - 60) * 1000],
    ]);
    expect(point).toMatchObject({ rpaMs: (DISASTER + 600) * 1000, measuredFrom: "StartTime of the source snapshot" });
    expect(point).not.toHaveProperty("rpaAtMostMs");
    const report = await renderMarkdown(resultOf(recordOf(events)));
    expect(report).toContain("| Of several | 1 of 2, the oldest: the RPA is the worst of them; all are listed below |");
    expect(report).toContain("1 of 2 recovery points are not encrypted, or it is not known");
  });

  it.each([
    ["after", 120],
    ["before", 2],
  ])("found last or not: a marker from %s the other one's", (_when, seconds) => {
    const point = pointOf(withAnother(300, seconds));
    expect(point.markerFoundAt).toBe(iso(Math.min(5, seconds)));
    expect(point).toMatchObject({
      rpaMs: (DISASTER - Math.min(5, seconds)) * 1000,
      measuredFrom: "marker in the restored data",
    });
  });

  it("one by itself is told as before, whatever steps have told of it", () => {
    const point = pointOf(passedRehearsal());
    expect(point.all).toBeUndefined();
    expect(point).toMatchObject({ markerFoundAt: iso(5), recoveryPointId: "snap-0d0d0d0d000000002" });
  });

  it("a step that was done again tells of one, not of two", () => {
    const again = passedRehearsal().flatMap((event): Timed[] =>
      event.type === "recovery-point" ? [event, { ...event, t: event.t + 0.1 }] : [event],
    );
    expect(pointOf(again)).toEqual(pointOf(passedRehearsal()));
  });
});
