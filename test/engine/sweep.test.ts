import { describe, expect, it } from "vitest";
import { Failure } from "../../src/engine/failure.ts";
import type { LedgerEntry, ResourceKind, Sweep, SweepPlace } from "../../src/engine/resource-kind.ts";
import type { ServiceScope } from "../../src/engine/step-kind.ts";
import { Boxes, boxKind, drillOf, runTest, step, stepKind } from "./harness.ts";

const OWN = { "gameday:run": "01TEST" };
const START = Date.UTC(2026, 0, 1);

/** Boxes that a look shows by their tag: `looks` counts the looks at one Region from 0. */
const seen = (shows: (looks: number, boxes: Boxes) => readonly string[]) => {
  const places: SweepPlace[] = [];
  const kind: ResourceKind<Boxes> = {
    ...boxKind,
    sweep: {
      async list(place, boxes) {
        const before = places.filter(({ region }) => region === place.region).length;
        places.push(place);
        const ids = place.region === "us-west-2" ? shows(before, boxes) : [];
        return ids.map((id) => ({ id, region: place.region, tags: OWN }));
      },
    },
  };
  return { kind, places };
};

const strays = (count: number) => {
  const boxes = new Boxes();
  for (let made = 0; made < count; made++) boxes.make("nobody's");
  return boxes;
};

const all = (boxes: Boxes) => [...boxes.made.keys()];
const states = (ledger: readonly LedgerEntry[]) => ledger.map(({ kind, id, state }) => `${kind} ${id} ${state}`);

describe("the look for what only the run's tag tells of", () => {
  it("is made again after a find, for AWS shows things late", async () => {
    const boxes = strays(2);
    const { kind } = seen((looks) => (looks === 0 ? ["box-0"] : ["box-0", "box-1"]));
    const { record } = await runTest(drillOf({}), { boxes, boxKind: kind });
    expect(boxes.destroyed).toEqual(["box-0", "box-1"]);
    expect(record.finished?.leftovers).toEqual([]);
  });

  it("is made three times at most, whatever each shows", async () => {
    const boxes = new Boxes();
    const { kind, places } = seen(() => [boxes.make("another")]);
    await runTest(drillOf({}), { boxes, boxKind: kind });
    expect(places).toHaveLength(6);
    expect(boxes.destroyed).toEqual(["box-0", "box-1", "box-2"]);
  });

  it("is made in both Regions, for this run and from its start on", async () => {
    const { kind, places } = seen(() => []);
    await runTest(drillOf({}), { boxKind: kind });
    const place = { runId: "01TEST", since: START };
    expect(places).toEqual([
      { region: "us-east-1", ...place },
      { region: "us-west-2", ...place },
    ]);
  });

  it("is made once where both are one, and where the service is one for all", async () => {
    const regions = { primary: "us-west-2", dr: "us-west-2", primaryLost: false };
    const one = seen(() => []);
    await runTest(drillOf({}, { regions }), { boxKind: one.kind });
    expect(one.places).toHaveLength(1);
    const global = seen(() => []);
    await runTest(drillOf({}), { boxKind: { ...global.kind, sweep: { ...global.kind.sweep!, global: true } } });
    expect(global.places.map(({ region }) => region)).toEqual(["us-east-1"]);
  });

  it.each([
    ["left out for a kind that nothing of the run makes", ["test.crate"], 0],
    ["made for one that something of the run makes", ["test.crate", "test.box"], 2],
  ])("is %s", async (_what, madeBy, looks) => {
    const { kind, places } = seen(() => []);
    const boxKindOf = { ...kind, sweep: { ...kind.sweep!, madeBy } };
    await runTest(drillOf({ prepare: [step("a", "box.make")] }), { boxKind: boxKindOf });
    expect(places).toHaveLength(looks);
  });

  it("tells of nothing that the ledger has, gone or not, unless it is of another kind", async () => {
    const { kind } = seen(() => ["box-0"]);
    const other: ResourceKind<Boxes> = { ...seen(() => ["box-0"]).kind, kind: "test.other" };
    const run = await runTest(drillOf({ prepare: [step("a", "box.make")] }), { boxKind: kind, otherKinds: [other] });
    expect(states(run.record.ledger)).toEqual(["test.box box-0 deleted", "test.other box-0 deleted"]);
    expect(run.events.filter(({ type }) => type === "resource-intended")).toHaveLength(2);
  });

  it("takes an id in another Region for something else: a replica of a multi-Region key has its primary's", async () => {
    const there = new Set(["us-east-1 mrk-1", "us-west-2 mrk-1"]);
    const kind: ResourceKind<Boxes> = {
      ...boxKind,
      ownership: { by: "tags", tagsOf: async () => OWN },
      destroy: async ({ region, id }) => void there.delete(`${region} ${id}`),
      isGone: async ({ region, id }) => !there.has(`${region} ${id}`),
      sweep: {
        list: async ({ region }) => (there.has(`${region} mrk-1`) ? [{ id: "mrk-1", region, tags: OWN }] : []),
      },
    };
    const { record } = await runTest(drillOf({}), { boxKind: kind });
    expect([...there]).toEqual([]);
    expect(record.ledger.map(({ region, id, state }) => `${region} ${id} ${state}`)).toEqual([
      "us-east-1 mrk-1 deleted",
      "us-west-2 mrk-1 deleted",
    ]);
  });

  it("enters what is found with all that is shown of it", async () => {
    const destroyed: LedgerEntry[] = [];
    const kind: ResourceKind<Boxes> = {
      ...boxKind,
      destroy: async (entry) => void destroyed.push(entry),
      isGone: async () => true,
      ownership: { by: "tags", tagsOf: async () => OWN },
      sweep: {
        global: true,
        list: async ({ region }) => [{ id: "box-9", region, tags: OWN, attributes: { folder: "f" } }],
      },
    };
    const run = await runTest(drillOf({}), { boxKind: kind });
    expect(destroyed).toMatchObject([
      { id: "box-9", region: "us-east-1", step: "sweep", tags: OWN, attributes: { folder: "f" } },
    ]);
    expect(run.record.ledger[0]!.token).toMatch(/^gameday-[0-9a-f]{36}$/);
    expect(run.events.find(({ type }) => type === "resource-created")).toMatchObject({ id: "box-9", adopted: true });
  });
});

describe("a look that does not end", () => {
  const hanging = (from: number): ResourceKind<Boxes> => {
    let looks = 0;
    return {
      ...boxKind,
      sweep: { list: async () => (looks++ < from ? [] : new Promise<never>(() => undefined)) },
    };
  };

  it.each([0, 1])("ends with teardown's budget, and is told once: the %sth", async (from) => {
    const drill = drillOf({ prepare: [step("a", "box.make")] });
    const run = await runTest(drill, { boxKind: hanging(from) });
    expect(run.boxes.clock.now() - START).toBe(drill.safety.teardownBudgetMs);
    expect(run.record.findings).toMatchObject([
      { code: "sweep-incomplete", severity: "warning", message: expect.stringContaining("within its budget of 30m") },
    ]);
    expect(states(run.record.ledger)).toEqual(["test.box box-0 deleted"]);
  });

  it("is also one for which no time was left", async () => {
    const slow = { ...seen(() => []).kind, destroy: () => new Promise<void>(() => undefined) };
    const many = step("many", "box.make", { forEach: Array.from({ length: 60 }, (_, index) => index) });
    const safety = { accounts: [], maxDurationMs: 86_400_000, teardownBudgetMs: 1 };
    const run = await runTest(drillOf({ prepare: [many] }, { safety }), { boxKind: slow });
    expect(run.record.finished?.leftovers).toHaveLength(60);
    expect(run.record.findings).toMatchObject([{ code: "sweep-incomplete" }]);
  });
});

/** A crate whose contents nothing tells: it cannot be destroyed, and is settled by a look for all it can have held. */
const lostCrate = (settled: () => Promise<boolean>): ResourceKind<Boxes> => ({
  ...boxKind,
  kind: "test.crate",
  ownership: { by: "proof", otherwise: "it says so", ownerOf: async () => "run" },
  destroy: () => Promise.reject(new Error("its list is lost")),
  isGone: async () => false,
  settledBySweep: settled,
});

const makeCrate = stepKind("crate.make", async (context) => {
  await context.create("test.crate", { region: "us-west-2" }, async () => ({ id: "crate-0" }));
  return {};
});

describe("what nothing tells the contents of", () => {
  const play = (kind: ResourceKind<Boxes>, boxes: Boxes, settled: () => Promise<boolean> = async () => true) =>
    runTest(drillOf({ prepare: [step("c", "crate.make")] }), {
      boxes,
      boxKind: kind,
      otherKinds: [lostCrate(settled)],
      kinds: [makeCrate],
    });

  it("is settled when all it can have made was looked for and is gone", async () => {
    const run = await play(seen((_looks, boxes) => all(boxes)).kind, strays(1));
    expect(states(run.record.ledger)).toEqual(["test.crate crate-0 deleted", "test.box box-0 deleted"]);
    expect(run.events.filter(({ type }) => type === "resource-deleted").at(-1)).toMatchObject({ how: "swept" });
    expect(run.record.finished?.leftovers).toEqual([]);
  });

  it.each<readonly [string, () => Promise<boolean>]>([
    ["it can have made what no look finds", async () => false],
    ["nobody can tell what it can have made", () => Promise.reject(new Error("no file"))],
  ])("remains where %s", async (_where, settled) => {
    const run = await play(seen(() => []).kind, new Boxes(), settled);
    expect(run.record.finished?.leftovers).toMatchObject([{ kind: "test.crate", id: "crate-0" }]);
  });

  it("remains where something that was found would not go", async () => {
    const boxes = strays(1);
    boxes.stuck.add("box-0");
    const run = await play(seen((_looks, world) => all(world)).kind, boxes);
    expect(run.record.finished?.leftovers.map(({ id }) => id)).toEqual(["crate-0", "box-0"]);
  });

  it("remains where one Region could not be looked at", async () => {
    const { kind } = seen(() => []);
    const denied = new Failure({ code: "access-denied", message: "denied", fixer: "operator" });
    const list: Sweep<Boxes>["list"] = async (place, boxes) =>
      place.region === "us-east-1" ? Promise.reject(denied) : kind.sweep!.list(place, boxes);
    const run = await play({ ...kind, sweep: { list } }, new Boxes());
    expect(run.record.finished?.leftovers.map(({ id }) => id)).toEqual(["crate-0"]);
    expect(run.record.findings.map(({ message }) => message)).toEqual([
      "no look for a test.box with this run's tag in us-east-1: denied",
    ]);
  });

  it("remains where teardown's budget was spent on the look", async () => {
    const late = seen(() => []).kind;
    const list: Sweep<Boxes>["list"] = async (place, boxes) => {
      await boxes.clock.sleep(2 * 1_800_000);
      return late.sweep!.list(place, boxes);
    };
    const run = await play({ ...late, sweep: { list } }, new Boxes());
    expect(run.record.finished?.leftovers.map(({ id }) => id)).toEqual(["crate-0"]);
  });
});

it("whatever is asked in teardown can be stopped", async () => {
  const scopes: ServiceScope[] = [];
  const boxes = strays(1);
  await runTest(drillOf({ prepare: [step("a", "box.make"), step("c", "crate.make")] }), {
    boxes,
    boxKind: seen((_looks, world) => all(world)).kind,
    otherKinds: [lostCrate(async () => true)],
    kinds: [makeCrate],
    onScope: (scope) => scopes.push(scope),
  });
  expect(scopes.length).toBeGreaterThan(6);
  for (const { signal } of scopes) expect(signal).toBeInstanceOf(AbortSignal);
});
