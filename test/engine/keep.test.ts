import { describe, expect, it } from "vitest";
import { Failure } from "../../src/engine/failure.ts";
import type { ResourceKind } from "../../src/engine/resource-kind.ts";
import { Boxes, boxKind, drillOf, resumeTestRun, runTest, startTestRun, step, stepKind } from "./harness.ts";

const HOUR = 3_600_000;
const fail = stepKind("box.fail", async () => {
  throw new Failure({ code: "no-luck", message: "no luck", fixer: "operator" });
});
const PHASES = { prepare: [step("a", "box.make"), step("b", "box.make"), step("c", "box.fail")] };
const KEEPING = drillOf(PHASES, { onFailure: "keep" });

/** The expiry that each box carries, as the world shows it. */
function carrying(more: Partial<ResourceKind<Boxes>> = {}) {
  const expiries = new Map<string, string | undefined>();
  const kind: ResourceKind<Boxes> = {
    ...boxKind,
    tag: async ({ id }, tags) => void expiries.set(id, tags["gameday:expires"]),
    ...more,
  };
  return { kind, expiries };
}

const kept = (events: readonly { readonly type: string }[]) => events.filter(({ type }) => type === "resource-kept");

describe("what a failed step leaves", () => {
  it("is kept for a day where the drill says nothing else, and its teardown stands as skipped", async () => {
    const { kind, expiries } = carrying();
    const run = await runTest(KEEPING, { kinds: [fail], boxKind: kind });
    expect([...run.boxes.made.keys()]).toEqual(["box-0", "box-1"]);
    for (const until of expiries.values()) expect(Date.parse(until!) - Date.UTC(2026, 0, 1)).toBe(24 * HOUR);
    expect(expiries.size).toBe(2);
    expect(run.record.phases.at(-1)).toMatchObject({ phase: "teardown", outcome: "skipped" });
  });

  it.each([
    ["the command line says so, though the drill does not", undefined, true, 2],
    ["the drill says so, unless the command line does not", "keep", false, 0],
  ] as const)("is kept where %s", async (_where, onFailure, keepOnFailure, left) => {
    const drill = drillOf(PHASES, onFailure ? { onFailure } : {});
    const run = await runTest(drill, { kinds: [fail], more: { keepOnFailure } });
    expect(run.boxes.made.size).toBe(left);
  });

  it.each<readonly [string, Partial<ResourceKind<Boxes>>, readonly string[]]>([
    ["cannot carry a tag", { tag: undefined as never }, []],
    ["would not take it", { tag: () => Promise.reject(new Error("denied")) }, []],
    ["is somebody else's", { ownership: { by: "tags", tagsOf: async () => ({ "gameday:run": "01OTHER" }) } }, []],
    ["is not there any more", { ownership: { by: "tags", tagsOf: async () => undefined } }, []],
  ])("is kept without its expiry where it %s", async (_where, more, tagged) => {
    const { kind, expiries } = carrying(more);
    const run = await runTest(KEEPING, { kinds: [fail], boxKind: kind });
    expect([...expiries.keys()]).toEqual(tagged);
    expect(kept(run.events)).toMatchObject([{ tagged: false }, { tagged: false }]);
  });

  it("is torn down where somebody stops the run then", async () => {
    const run = await startTestRun(KEEPING, {
      kinds: [fail],
      onEvent: (event) => event.type === "step-finished" && event.outcome === "failed" && run.abort("SIGINT"),
    });
    await run.result;
    expect(run.boxes.made.size).toBe(0);
    expect(kept(run.events)).toEqual([]);
  });

  it("is kept, too, where only its tag tells of it or nobody knows its id", async () => {
    const unheard = stepKind("box.unheard", async (context) => {
      await context.create("test.box", { region: "us-west-2" }, () => Promise.reject(new Error("no answer")));
      return {};
    });
    const boxes = new Boxes();
    boxes.make("nobody's");
    const own = { "gameday:run": "01TEST" };
    const { kind, expiries } = carrying({
      sweep: { global: true, list: async ({ region }) => [{ id: "box-0", region, tags: own }] },
    });
    const drill = drillOf({ prepare: [step("u", "box.unheard")] }, { onFailure: "keep" });
    const run = await runTest(drill, { kinds: [unheard], boxes, boxKind: kind });
    expect(run.record.ledger.map(({ id, state }) => [id, state])).toEqual([
      [undefined, "kept"],
      ["box-0", "kept"],
    ]);
    expect([...expiries.keys()]).toEqual(["box-0"]);
    expect(kept(run.events)).toMatchObject([{ tagged: false }, { tagged: true }]);
  });
});

describe("a run that has kept", () => {
  it("and was cut off while it did goes on keeping", async () => {
    const run = await runTest(KEEPING, { kinds: [fail] });
    const resumed = await resumeTestRun(KEEPING, run, { kinds: [fail], last: ({ type }) => type === "resource-kept" });
    expect(run.boxes.made.size).toBe(2);
    expect(resumed.record.ledger.map(({ state }) => state)).toEqual(["kept", "kept"]);
    expect(resumed.events.filter(({ type }) => type === "phase-started")).toEqual([]);
    expect(resumed.record.phases.filter(({ phase }) => phase === "teardown")).toMatchObject([{ outcome: "skipped" }]);
  });

  it.each(["phase-finished", "run-finished"])("is torn down when it is resumed after its %s", async (type) => {
    const run = await runTest(KEEPING, { kinds: [fail] });
    const end = (event: { readonly type: string; readonly phase?: string }) =>
      event.type === type && (event.phase ?? "teardown") === "teardown";
    const resumed = await resumeTestRun(KEEPING, run, { kinds: [fail], last: end });
    expect(run.boxes.made.size).toBe(0);
    expect(resumed.record.finished?.leftovers).toEqual([]);
  });
});

it("a teardown that was cut off begins but once", async () => {
  const drill = drillOf({ prepare: [step("a", "box.make")] });
  const run = await runTest(drill);
  const id = run.record.ledger[0]!.id!;
  run.boxes.made.set(id, { token: "as it was when the run was cut off" });
  const resumed = await resumeTestRun(drill, run, { last: ({ type }) => type === "resource-deleting" });
  expect(resumed.events.filter(({ type }) => type === "phase-started")).toEqual([]);
  expect(run.boxes.made.size).toBe(0);
  expect(resumed.record.phases.filter(({ phase }) => phase === "teardown")).toMatchObject([{ outcome: "passed" }]);
});
