import { describe, expect, it } from "vitest";
import { Failure, type FailureDetails } from "../../src/engine/failure.ts";
import type { ResourceKind } from "../../src/engine/resource-kind.ts";
import { Boxes, boxKind, drillOf, runTest, step, stepKind } from "./harness.ts";

/** Boxes that nobody sees for a while after they were made. */
function lateBoxes(boxes: Boxes, afterMs: number): ResourceKind<Boxes> {
  const madeAt = new Map<string, number>();
  const make = boxes.make.bind(boxes);
  boxes.make = (token) => {
    const id = make(token);
    madeAt.set(id, boxes.clock.monotonic());
    return id;
  };
  return {
    ...boxKind,
    async find(entry, world) {
      const found = await boxKind.find(entry, world);
      return found && boxes.clock.monotonic() - madeAt.get(found.id)! >= afterMs ? found : undefined;
    },
  };
}

type Behaviour = Parameters<typeof stepKind>[1];

const failing = (again: NonNullable<FailureDetails["again"]>) =>
  new Failure({ code: "trouble", message: "no answer", fixer: "AWS", again });

/** Makes a box at each try, and hears an answer only from the `heard`-th on. */
function hardOfHearing(heard: number, makes = true) {
  let tries = 0;
  const run: Behaviour = async (context) => {
    const made = await context.create("test.box", { region: "us-west-2" }, async (token) => {
      const id = makes ? context.services.make(token) : "box-never";
      if (++tries < heard) throw failing("look-first");
      return { id };
    });
    return { boxId: made.id, adopted: made.adopted, tries };
  };
  return stepKind("box.lost", run, { defaultTimeoutMs: 600_000 });
}

describe("a create without an answer", () => {
  it("waits for what is not visible yet, instead of making a second one", async () => {
    const boxes = new Boxes();
    const drill = drillOf({ prepare: [step("one", "box.lost")] });
    const run = await runTest(drill, { boxes, boxKind: lateBoxes(boxes, 55_000), kinds: [hardOfHearing(9)] });
    expect(run.record.steps[0]?.outputs).toEqual({ boxId: "box-0", adopted: true, tries: 1 });
    expect(boxes.destroyed).toEqual(["box-0"]);
  });

  it("is sent again once nothing can have been made", async () => {
    const boxes = new Boxes();
    const began = boxes.clock.monotonic();
    const run = await runTest(drillOf({ prepare: [step("one", "box.lost")] }), {
      boxes,
      kinds: [hardOfHearing(2, false)],
    });
    expect(run.record.steps[0]?.outputs).toEqual({ boxId: "box-never", adopted: false, tries: 2 });
    expect(boxes.clock.monotonic() - began).toBeGreaterThan(60_000);
  });

  it("is looked for in teardown until it would be visible", async () => {
    const boxes = new Boxes();
    const lost = stepKind("box.lost", async (context) => {
      const made = await context.create("test.box", { region: "us-west-2" }, async (token) => {
        context.services.make(token);
        throw new Failure({ code: "trouble", message: "no answer", fixer: "AWS" });
      });
      return { boxId: made.id };
    });
    const run = await runTest(drillOf({ prepare: [step("one", "box.lost")] }), {
      boxes,
      boxKind: lateBoxes(boxes, 50_000),
      kinds: [lost],
    });
    expect(boxes.destroyed).toEqual(["box-0"]);
    expect(run.record.ledger.map(({ state, id }) => [state, id])).toEqual([["deleted", "box-0"]]);
  });
});

describe("a create that was refused", () => {
  const refused = stepKind("box.refused", async (context) => {
    await context.create("test.box", { region: "us-west-2" }, async () => {
      throw failing("refused");
    });
    return {};
  });
  const blind: ResourceKind<Boxes> = {
    ...boxKind,
    find: async () => {
      throw new Error("nobody may look");
    },
  };

  it("was never made: teardown need not look for it", async () => {
    const run = await runTest(drillOf({ prepare: [step("one", "box.refused")] }), { boxKind: blind, kinds: [refused] });
    expect(run.record.ledger.map(({ state }) => state)).toEqual(["deleted"]);
    expect(run.events.find(({ type }) => type === "resource-deleted")).toMatchObject({ how: "never-created" });
  });

  it("may have been made when an earlier try had no answer", async () => {
    let tries = 0;
    const both = stepKind("box.both", async (context) => {
      await context.create("test.box", { region: "us-west-2" }, async (token) => {
        if (tries++ > 0) throw failing("refused");
        context.services.make(token);
        throw failing("look-first");
      });
      return {};
    });
    const boxes = new Boxes();
    await runTest(drillOf({ prepare: [step("one", "box.both")] }), {
      boxes,
      boxKind: { ...lateBoxes(boxes, 20_000), idempotentCreate: true },
      kinds: [both],
    });
    expect(boxes.destroyed).toEqual(["box-0"]);
  });
});

it("what would not go by itself and has gone all the same is not a leftover", async () => {
  const boxes = new Boxes();
  const stubborn: ResourceKind<Boxes> = {
    ...boxKind,
    // AWS goes on showing it for a while.
    ownership: { by: "tags", tagsOf: async () => ({ "gameday:run": "01TEST" }) },
    async destroy(entry, world) {
      world.made.delete(entry.id);
      throw new Error("no answer");
    },
  };
  const run = await runTest(drillOf({ prepare: [step("one", "box.make")] }), { boxes, boxKind: stubborn });
  expect(run.record.ledger.map(({ state }) => state)).toEqual(["deleted"]);
  expect(run.events.map(({ type }) => type)).toContain("resource-leaked");
});
