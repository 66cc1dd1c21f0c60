import { describe, expect, it } from "vitest";
import type { RecoveryPoint } from "../../src/engine/facts.ts";
import { started } from "../evidence/events.ts";
import { iso, recordOf } from "../evidence/journaled.ts";

/** The record of a run whose steps have told these facts, in this order. */
const told = (...facts: readonly (readonly [instance: string, RecoveryPoint])[]) =>
  recordOf([
    started(),
    ...facts.map(([instance, point], index) => ({ t: index + 1, type: "recovery-point", instance, ...point }) as const),
  ]);

const OLD = { sourceId: "snap-old", sourceStartTime: iso(-600) };
const NEW = { sourceId: "snap-new", sourceStartTime: iso(-60) };

describe("what steps tell of a recovery point", () => {
  it("is added up, and what a step says later counts", () => {
    const record = told(
      ["copy", { recoveryPointId: "snap-1", sizeBytes: 5 }],
      ["copy", { sizeBytes: 6, encrypted: true }],
    );
    expect(record.recoveryPoints).toEqual([{ recoveryPointId: "snap-1", sizeBytes: 6, encrypted: true }]);
    expect(record.recoveryPoint).toEqual(record.recoveryPoints[0]);
  });

  it("is of one point where two steps name the same source", () => {
    const copy = { ...OLD, recoveryPointId: "snap-copy", encrypted: true };
    const record = told(["find", OLD], ["copy", copy]);
    expect(record.recoveryPoints).toEqual([copy]);
    expect(record.recoveryPoint).toEqual(copy);
  });

  it("is of two points where they name two, by their sources or by themselves", () => {
    expect(told(["a", OLD], ["b", NEW]).recoveryPoints).toEqual([OLD, NEW]);
    const [one, other] = [{ recoveryPointId: "snap-1" }, { recoveryPointId: "snap-2" }];
    expect(told(["a", one], ["b", other]).recoveryPoints).toEqual([one, other]);
    const copies = ["snap-1", "snap-2"].map((recoveryPointId) => ({ ...OLD, recoveryPointId }));
    expect(told(["a", copies[0]!], ["b", copies[1]!]).recoveryPoints).toEqual([copies[1]]);
  });

  it("is of the one there is where they name none, and then no point by itself", () => {
    const marked = { markerWrittenAt: iso(-700), markerFoundAt: iso(-650) };
    expect(told(["write", marked])).toMatchObject({ recoveryPoints: [], recoveryPoint: marked });
    const record = told(["write", { ...marked, sizeBytes: 7 }], ["find", OLD]);
    expect(record.recoveryPoints).toEqual([OLD]);
    expect(record.recoveryPoint).toEqual({ ...OLD, ...marked, sizeBytes: 7 });
  });
});

describe("of several recovery points", () => {
  it("the worst is the one with the oldest data, whichever was told of first", () => {
    for (const facts of [
      [OLD, NEW],
      [NEW, OLD],
    ] as const) {
      const record = told(["a", facts[0]], ["b", facts[1]]);
      expect(record.recoveryPoints).toEqual([OLD, NEW]);
      expect(record.recoveryPoint).toEqual(OLD);
    }
  });

  it.each([undefined, "", "yesterday"])(
    "one whose instant is %j comes last: nothing is known of its age",
    (instant) => {
      const unknown = { sourceId: "snap-unknown", ...(instant === undefined ? {} : { sourceStartTime: instant }) };
      for (const record of [told(["a", unknown], ["b", NEW]), told(["b", NEW], ["a", unknown])]) {
        expect(record.recoveryPoints).toEqual([NEW, unknown]);
        expect(record.recoveryPoint).toEqual(NEW);
      }
    },
  );

  it("the oldest markers count, whichever volume they are in, and nothing else of what names no point", () => {
    const later = { markerWrittenAt: iso(-100), markerFoundAt: iso(-90), sizeBytes: 7 };
    // What was found last was not written last: each is the oldest of its own.
    const earlier = { markerWrittenAt: iso(-110), markerFoundAt: iso(-120) };
    for (const [one, other] of [
      [later, earlier],
      [earlier, later],
    ] as const) {
      const { recoveryPoint } = told(["a", OLD], ["b", NEW], ["m", one], ["n", other]);
      expect(recoveryPoint).toEqual({ ...OLD, ...earlier });
    }
  });

  it("no marker is made up where none was found", () => {
    const { recoveryPoint } = told(["a", OLD], ["b", NEW], ["m", { markerWrittenAt: iso(-100) }]);
    expect(recoveryPoint).toStrictEqual({ ...OLD, markerWrittenAt: iso(-100) });
    expect(told(["a", OLD], ["b", NEW], ["m", { markerFoundAt: iso(-90) }]).recoveryPoint).toStrictEqual({
      ...OLD,
      markerFoundAt: iso(-90),
    });
  });

  it("a marker whose instant cannot be read counts as the oldest: no age is told rather than one that is too small", () => {
    for (const order of [
      ["m", "n"],
      ["n", "m"],
    ] as const) {
      const marks = { m: { markerFoundAt: "yesterday" }, n: { markerFoundAt: iso(-90) } };
      const record = told(["a", OLD], ["b", NEW], ...order.map((name) => [name, marks[name]] as const));
      expect(record.recoveryPoint.markerFoundAt).toBe("yesterday");
    }
  });
});
