import { describe, expect, it } from "vitest";
import { Failure } from "../../src/engine/failure.ts";
import type { LedgerEntry, ResourceKind } from "../../src/engine/resource-kind.ts";
import { Boxes, boxKind, drillOf, outcomes, runTest, step, stepKind, type TestOptions } from "./harness.ts";

const OWN = { "gameday:run": "01TEST" };
const ONE = drillOf({ prepare: [step("a", "box.make")] });

const failedStep = stepKind("box.fail", async () => {
  throw new Failure({ code: "no-luck", message: "no luck", fixer: "operator" });
});

/** A create that makes a box and hears no answer: only the intent is in the ledger. */
const unheard = (makes: boolean) =>
  stepKind("box.unheard", async (context) => {
    const where = { region: "us-west-2", attributes: { from: "drill", size: 1 } };
    await context.create("test.box", where, async (token) => {
      if (makes) context.services.make(token);
      throw new Failure({ code: "trouble", message: "no answer", fixer: "AWS" });
    });
    return {};
  });

const UNHEARD = drillOf({ prepare: [step("a", "box.unheard")] });

/** Fails to destroy so many times first; tells when it was asked, in milliseconds from the first time. */
function failingFirst(times: number, error: Error = new Error("busy")) {
  const asked: number[] = [];
  const entries: LedgerEntry[] = [];
  const kind: ResourceKind<Boxes> = {
    ...boxKind,
    async destroy(entry, boxes) {
      asked.push(boxes.clock.monotonic());
      entries.push(entry);
      if (asked.length <= times) throw error;
      await boxKind.destroy(entry, boxes);
    },
  };
  return { kind, entries, asked: () => asked.map((at) => at - asked[0]!) };
}

describe("a destruction that fails", () => {
  it("is tried again after longer and longer pauses", async () => {
    const { kind, asked } = failingFirst(3);
    const run = await runTest(ONE, { boxKind: kind });
    expect(asked()).toEqual([0, 5_000, 15_000, 35_000]);
    expect(run.boxes.made.size).toBe(0);
    expect(run.record.finished?.leftovers).toEqual([]);
  });

  it("is given up after the fourth try, and what remains is listed with the reason", async () => {
    const denied = new Failure({ code: "access-denied", message: "denied", fixer: "operator" });
    const { kind, asked } = failingFirst(99, denied);
    const run = await runTest(ONE, { boxKind: kind });
    expect(asked()).toHaveLength(4);
    expect(run.record.ledger).toMatchObject([{ id: "box-0", state: "leaked", reason: "denied" }]);
  });

  it("is not tried again where that is in vain", async () => {
    const error = new Failure({ code: "not-yours", message: "no", fixer: "operator", retryable: false });
    const { kind, asked } = failingFirst(1, error);
    const run = await runTest(ONE, { boxKind: kind });
    expect(asked()).toEqual([0]);
    expect(run.record.finished?.leftovers).toHaveLength(1);
  });

  it("that was accepted and after which it is still there says so, and what to delete by hand", async () => {
    const boxes = new Boxes();
    boxes.stuck.add("box-0");
    const run = await runTest(ONE, { boxes });
    expect(run.events.find(({ type }) => type === "resource-leaked")).toMatchObject({
      failure: {
        code: "still-there",
        message: "test.box box-0 in us-west-2 is still there after its deletion was accepted",
        fixer: "operator",
        next: "delete box-0 by hand",
        resourceId: "box-0",
      },
    });
  });

  it("leaves it listed where nobody can look afterwards whether it is gone", async () => {
    const unseen: ResourceKind<Boxes> = { ...boxKind, isGone: () => Promise.reject(new Error("denied")) };
    const run = await runTest(ONE, { boxKind: unseen });
    expect(run.record.ledger.map(({ state }) => state)).toEqual(["leaked"]);
    expect(run.record.finished?.leftovers).toMatchObject([{ id: "box-0" }]);
  });
});

describe("what only the intent is known of", () => {
  it("is never created where a look finds nothing, and nothing is destroyed", async () => {
    const { kind, asked } = failingFirst(0);
    const run = await runTest(UNHEARD, { boxKind: kind, kinds: [unheard(false)] });
    expect(asked()).toEqual([]);
    expect(run.events.filter(({ type }) => type.startsWith("resource-"))).toMatchObject([
      { type: "resource-intended" },
      { type: "resource-deleted", how: "never-created" },
    ]);
  });

  it("is found once, whatever its destruction takes, and destroyed by all that is known of it", async () => {
    const { kind, entries } = failingFirst(1);
    const found: ResourceKind<Boxes> = {
      ...kind,
      find: async (entry, boxes) => {
        const box = await boxKind.find(entry, boxes);
        return box && { ...box, attributes: { size: 2, seen: true } };
      },
    };
    const run = await runTest(UNHEARD, { boxKind: found, kinds: [unheard(true)] });
    expect(run.events.filter(({ type }) => type === "resource-created")).toMatchObject([
      { id: "box-0", adopted: true, attributes: { from: "drill", size: 2, seen: true } },
    ]);
    for (const { attributes } of entries) expect(attributes).toEqual({ from: "drill", size: 2, seen: true });
    expect(run.boxes.made.size).toBe(0);
  });

  it("remains where nobody can look, and is listed by its token: no id is made up for it", async () => {
    const asked: unknown[] = [];
    const blind: ResourceKind<Boxes> = {
      ...boxKind,
      find: () => Promise.reject(new Error("denied")),
      isGone: async ({ id }) => asked.push(id) > 0,
    };
    const run = await runTest(UNHEARD, { boxKind: blind, kinds: [unheard(true)] });
    expect(asked).toEqual([]);
    const { token } = run.record.ledger[0]!;
    expect(run.record.finished?.leftovers.map(({ id }) => id)).toEqual([`(id unknown, token ${token})`]);
  });
});

describe("what may be somebody else's", () => {
  const uncertain = (isGone: boolean) => {
    const boxes = new Boxes();
    boxes.make("whose?");
    const asked: string[] = [];
    const kind: ResourceKind<Boxes> = {
      ...boxKind,
      destroy: async ({ id }) => void asked.push(id),
      isGone: async () => isGone,
      sweep: {
        global: true,
        list: async ({ region }) => [{ id: "box-0", region, tags: OWN, uncertain: "it may be a copy of another" }],
      },
    };
    return { options: { boxes, boxKind: kind } satisfies TestOptions, asked };
  };

  it("is left alone and listed with what to look at", async () => {
    const { options, asked } = uncertain(false);
    const run = await runTest(drillOf({}), options);
    expect(asked).toEqual([]);
    // Another look at once would show nothing else.
    expect(run.boxes.clock.now()).toBe(Date.UTC(2026, 0, 1));
    expect(run.record.finished?.leftovers).toEqual([{ kind: "test.box", region: "us-east-1", id: "box-0" }]);
    expect(run.events.find(({ type }) => type === "resource-leaked")).toMatchObject({
      failure: {
        code: "may-be-anothers",
        message: "it may be a copy of another: it is left alone",
        next: expect.stringContaining("look at box-0 in us-east-1"),
        resourceId: "box-0",
      },
    });
  });

  it("is done with when it is gone by itself", async () => {
    const { options, asked } = uncertain(true);
    const run = await runTest(drillOf({}), options);
    expect(asked).toEqual([]);
    expect(run.events.map(({ type }) => type)).not.toContain("resource-leaked");
    expect(run.record.finished?.leftovers).toEqual([]);
  });
});

describe("teardown", () => {
  const crate: ResourceKind<Boxes> = { ...boxKind, kind: "test.crate", tier: 2 };
  const makeCrate = stepKind("crate.make", async (context) => {
    await context.create("test.crate", { region: "us-west-2" }, async (token) => ({
      id: context.services.make(token),
    }));
    return {};
  });

  it("destroys what hangs on another before it, whichever was made first", async () => {
    const phases = { prepare: [step("a", "box.make"), step("b", "crate.make"), step("c", "box.make")] };
    const options = { boxKind: { ...boxKind, tier: 3 }, otherKinds: [crate], kinds: [makeCrate] };
    const run = await runTest(drillOf(phases), options);
    expect(run.boxes.destroyed).toEqual(["box-1", "box-2", "box-0"]);
  });

  it("says of each resource that it is being deleted before it asks for it", async () => {
    const states: string[] = [];
    const run = await runTest(ONE, {
      onEvent: ({ type }) => {
        if (type.startsWith("resource-")) states.push(type);
      },
    });
    expect(states).toEqual(["resource-intended", "resource-created", "resource-deleting", "resource-deleted"]);
    expect(run.events.find(({ type }) => type === "resource-deleted")).toMatchObject({ how: "destroyed" });
  });

  it("goes on past a step of its own that fails, and has failed then", async () => {
    const phases = { prepare: [step("a", "box.make")], teardown: [step("t", "box.fail"), step("u", "box.check")] };
    const run = await runTest(drillOf(phases), { kinds: [failedStep] });
    expect(outcomes(run.events)).toEqual(["a#1: passed", "t#1: failed", "u#1: passed"]);
    expect(run.boxes.made.size).toBe(0);
    expect(run.record.phases.at(-1)).toMatchObject({ phase: "teardown", outcome: "failed" });
  });

  it("has passed when nothing is left, and failed when something is", async () => {
    expect((await runTest(ONE)).record.phases.at(-1)).toMatchObject({ phase: "teardown", outcome: "passed" });
    const boxes = new Boxes();
    boxes.stuck.add("box-0");
    const run = await runTest(ONE, { boxes });
    expect(run.record.phases.at(-1)).toMatchObject({ phase: "teardown", outcome: "failed" });
  });
});
