import { describe, expect, it } from "vitest";
import { Failure, type FailureDetails } from "../../src/engine/failure.ts";
import type { FoundResource, ResourceKind } from "../../src/engine/resource-kind.ts";
import type { StepContext } from "../../src/engine/step-kind.ts";
import type { Tags } from "../../src/engine/tags.ts";
import { type Boxes, boxKind, drillOf, outcomes, resumeTestRun, runTest, step, stepKind } from "./harness.ts";

type Again = NonNullable<FailureDetails["again"]>;
type Send = (token: string, tags: Tags, boxes: Boxes) => Promise<FoundResource>;

const where = { region: "us-west-2", attributes: { from: "drill" } };
const trouble = (again?: Again) =>
  new Failure({ code: "trouble", message: "AWS is busy", fixer: "AWS", ...(again ? { again } : {}) });

/** A step that creates one box by `send`. */
const creating = (send: Send, kind = "test.box") =>
  stepKind(
    "box.create",
    async (context: StepContext<Boxes>) => {
      const made = await context.create(kind, where, (token, tags) => send(token, tags, context.services));
      return { boxId: made.id, adopted: made.adopted, attributes: made.attributes ?? {} };
    },
    { defaultTimeoutMs: 3_600_000 },
  );
const DRILL = drillOf({ prepare: [step("a", "box.create")] });
const answered: Send = async (token, _tags, boxes) => ({ id: boxes.make(token), attributes: { zone: "a" } });

/** Answers like this, one after the other, and makes a box after the last; tells when it was asked, from the first time on. */
function answering(...answers: readonly (Again | undefined)[]) {
  const asked: number[] = [];
  const tokens = new Set<string>();
  const send: Send = async (token, _tags, boxes) => {
    asked.push(boxes.clock.monotonic());
    tokens.add(token);
    if (asked.length <= answers.length) throw trouble(answers[asked.length - 1]);
    return { id: boxes.make(token) };
  };
  return { send, tokens, seconds: () => asked.map((at) => (at - asked[0]!) / 1_000) };
}

/** Counts the looks for what may have been made. */
function looking(more: Partial<ResourceKind<Boxes>> = {}) {
  const looks: string[] = [];
  const kind: ResourceKind<Boxes> = {
    ...boxKind,
    find: async (entry, boxes) => {
      looks.push(entry.token);
      return boxKind.find(entry, boxes);
    },
    ...more,
  };
  return { kind, looks };
}

describe("what is created", () => {
  it("carries the run's tags and its token, and stands in the ledger with all of it before it is sent", async () => {
    const sent: { readonly token: string; readonly tags: Tags; readonly intended: unknown }[] = [];
    const events: { readonly type: string }[] = [];
    const send: Send = async (token, tags, boxes) => {
      sent.push({ token, tags, intended: events.at(-1) });
      return { id: boxes.make(token), attributes: { zone: "a" } };
    };
    const run = await runTest(DRILL, { kinds: [creating(send)], onEvent: (event) => events.push(event) });
    const [entry] = run.record.ledger;
    expect(sent).toMatchObject([
      {
        token: entry!.token,
        tags: { "gameday:run": "01TEST", "gameday:step": "a", "gameday:token": entry!.token },
        intended: { type: "resource-intended", resource: { key: "a#1/0", attributes: { from: "drill" } } },
      },
    ]);
    expect(entry!.tags).toEqual(sent[0]!.tags);
    expect(entry!.attributes).toEqual({ from: "drill", zone: "a" });
    expect(run.record.steps[0]!.outputs).toEqual({ boxId: "box-0", adopted: false, attributes: { zone: "a" } });
  });

  it("has nothing else known of it where the step says nothing else", async () => {
    const run = await runTest(drillOf({ prepare: [step("a", "box.make")] }));
    expect(run.record.ledger[0]!.attributes).toEqual({});
    expect(run.events.find(({ type }) => type === "resource-created")).not.toHaveProperty("attributes");
  });

  it("is of a kind that somebody can destroy again", async () => {
    const run = await runTest(DRILL, { kinds: [creating(answered, "test.none")] });
    expect(run.boxes.made.size).toBe(0);
    expect(run.record.steps[0]!.failure?.message).toContain("step a creates the unknown resource kind test.none");
  });
});

describe("a create that fails", () => {
  it.each<readonly [string, Again | undefined]>([
    ["in a way that nobody knows", undefined],
    ["for good", "refused"],
  ])("%s is not sent again", async (_how, again) => {
    const { send, seconds } = answering(again);
    await runTest(DRILL, { kinds: [creating(send)] });
    expect(seconds()).toEqual([0]);
  });

  it.each<readonly [string, Again, boolean]>([
    ["before anything was made", "safe", false],
    ["without an answer, where AWS makes one of two with the same token", "look-first", true],
  ])("%s is sent again after longer and longer pauses, eight times in all", async (_how, again, idempotentCreate) => {
    const { send, tokens, seconds } = answering(...Array.from({ length: 9 }, () => again));
    const { kind, looks } = looking({ idempotentCreate });
    const run = await runTest(DRILL, { kinds: [creating(send)], boxKind: kind });
    expect(seconds()).toEqual([0, 2, 6, 14, 30, 62, 94, 126]);
    expect(tokens.size).toBe(1);
    expect(outcomes(run.events)).toEqual(["a#1: failed"]);
    // Those of teardown, a minute long.
    expect(looks).toHaveLength(5);
  });

  it("because AWS says no for now is sent every half minute, as long as the step has time, and the step says so", async () => {
    const { send, seconds } = answering(...Array.from({ length: 12 }, () => "later" as const));
    const run = await runTest(DRILL, { kinds: [creating(send)] });
    expect(seconds()).toEqual(Array.from({ length: 13 }, (_, index) => index * 30));
    expect(run.events.find(({ type }) => type === "step-progress")).toMatchObject({
      message: "waiting until AWS takes it: AWS is busy",
    });
    expect(outcomes(run.events)).toEqual(["a#1: passed"]);
  });

  it("was never made where it was refused after tries that made nothing", async () => {
    const { send } = answering("safe", "refused");
    const { kind, looks } = looking();
    const run = await runTest(DRILL, { kinds: [creating(send)], boxKind: kind });
    expect(looks).toEqual([]);
    expect(run.events.find(({ type }) => type === "resource-deleted")).toMatchObject({ how: "never-created" });
  });

  it("is not sent again once the step is stopped", async () => {
    const { send, seconds } = answering("safe", "safe");
    const run = await runTest(drillOf({ prepare: [step("a", "box.create", { timeoutMs: 1_000 })] }), {
      kinds: [creating(send)],
    });
    expect(seconds()).toEqual([0]);
    expect(outcomes(run.events)).toEqual(["a#1: timed-out"]);
  });
});

describe("a create that the run was cut off in", () => {
  const made = async (send: Send, options: { readonly boxKind?: ResourceKind<Boxes> } = {}) => {
    const run = await runTest(DRILL, { kinds: [creating(answered)] });
    // As it was when the run was cut off.
    run.boxes.made.set("box-0", { token: run.record.ledger[0]!.token });
    run.boxes.destroyed.length = 0;
    const resume = (type: string) =>
      resumeTestRun(DRILL, run, { last: (event) => event.type === type, kinds: [creating(send)], ...options });
    return { run, resume };
  };
  const never: Send = async () => {
    throw new Error("it was sent a second time");
  };

  it("after its answer is not sent again, and its step goes on with what it made", async () => {
    const { run, resume } = await made(never);
    const resumed = await resume("resource-created");
    const outputs = { boxId: "box-0", adopted: true, attributes: { from: "drill", zone: "a" } };
    expect(resumed.record.steps[0]).toMatchObject({ outcome: "passed", outputs });
    expect(resumed.events.filter(({ type }) => type === "resource-created")).toEqual([]);
    expect(run.boxes.destroyed).toEqual(["box-0"]);
  });

  it.each([true, false])("before its answer finds what it made (AWS knows the token: %s)", async (idempotentCreate) => {
    const { kind, looks } = looking({ idempotentCreate });
    const { run, resume } = await made(never, { boxKind: kind });
    const resumed = await resume("resource-intended");
    expect(looks).toHaveLength(1);
    expect(resumed.events.find(({ type }) => type === "resource-created")).toMatchObject({
      id: "box-0",
      adopted: true,
    });
    expect(resumed.record.steps[0]!.outputs).toMatchObject({ boxId: "box-0", adopted: true });
    expect(run.boxes.destroyed).toEqual(["box-0"]);
  });

  it.each([
    [true, 1],
    [false, 5],
  ])("is sent again once it was not found (AWS knows the token: %s: %s looks)", async (idempotentCreate, count) => {
    const { kind, looks } = looking({ idempotentCreate });
    const { run, resume } = await made(answered, { boxKind: kind });
    run.boxes.made.clear();
    const resumed = await resume("resource-intended");
    expect(looks).toHaveLength(count);
    expect(resumed.record.steps[0]!.outputs).toMatchObject({ boxId: "box-1", adopted: false });
    expect(run.boxes.destroyed).toEqual(["box-1"]);
  });

  it("and is refused then may have been made all the same: teardown looks for it", async () => {
    let looks = 0;
    const late: ResourceKind<Boxes> = {
      ...boxKind,
      idempotentCreate: true,
      find: async (entry, boxes) => (looks++ === 0 ? undefined : boxKind.find(entry, boxes)),
    };
    const { run, resume } = await made(() => Promise.reject(trouble("refused")), { boxKind: late });
    await resume("resource-intended");
    expect(run.boxes.destroyed).toEqual(["box-0"]);
  });

  it("is looked for at once and once only where what is not shown is not there", async () => {
    const { kind, looks } = looking({ visibleAtOnce: true });
    const { run, resume } = await made(answered, { boxKind: kind });
    run.boxes.made.clear();
    const began = run.boxes.clock.monotonic();
    await resume("resource-intended");
    expect(looks).toHaveLength(1);
    expect(run.boxes.clock.monotonic()).toBe(began);
  });
});
