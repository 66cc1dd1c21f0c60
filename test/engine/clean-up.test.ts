import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUpRun, type Spare } from "../../src/engine/clean-up.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import type { ResourceKind } from "../../src/engine/resource-kind.ts";
import {
  Boxes,
  boxKind,
  dependencies,
  drillOf,
  outcomes,
  resumeTestRun,
  runTest,
  step,
  stepKind,
  type TestOptions,
  type TestRun,
} from "./harness.ts";

const HOUR = 3_600_000;
const DRILL = drillOf({
  prepare: [step("a", "box.make"), step("b", "box.make")],
  teardown: [step("t", "box.make")],
});

const makeCrate = stepKind("crate.make", async (context) => {
  await context.create("test.crate", { region: "us-west-2" }, async () => ({ id: "crate-0" }));
  return {};
});

const CRATED = drillOf({ prepare: [...DRILL.phases.prepare, step("c", "crate.make")] });

/** A run whose teardown got rid of nothing: three boxes are left, and all would go now. */
async function runThatLeft(options: TestOptions = {}, drill = DRILL): Promise<TestRun> {
  const boxes = new Boxes();
  for (const id of ["box-0", "box-1", "box-2"]) boxes.stuck.add(id);
  const run = await runTest(drill, { ...options, boxes });
  boxes.stuck.clear();
  return run;
}

interface CleanUp extends TestOptions {
  readonly spare?: Spare;
  readonly stop?: AbortSignal;
}

/** The run as another process finds it that was killed after the first event that `last` is true of. */
async function cutOff(run: TestRun, last: (event: JournaledEvent) => boolean): Promise<void> {
  const path = join(run.folder, "journal.jsonl");
  const lines = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, `${lines.slice(0, run.events.findIndex(last) + 1).join("\n")}\n`);
}

async function cleanUp({ folder, boxes }: TestRun, { spare = () => undefined, stop, ...options }: CleanUp = {}) {
  const earlier = await readJournal(join(folder, "journal.jsonl"));
  const events: JournaledEvent[] = [];
  const deps = dependencies({ folder, events, boxes }, options);
  const result = await cleanUpRun(DRILL, deps, { earlier, spare, ...(stop ? { stop } : {}) });
  return { ...result, events };
}

const spareOnly =
  (id: string): Spare =>
  (entry) =>
    entry.id === id ? "somebody needs it" : undefined;

/** What carries the run's tag in the primary Region, as each look shows it. */
const tagged = (looks: (look: number) => readonly string[]): ResourceKind<Boxes> => {
  let look = 0;
  return {
    ...boxKind,
    sweep: {
      list: async ({ region }) =>
        region === "us-west-2" ? [] : looks(look++).map((id) => ({ id, region, tags: { "gameday:run": "01TEST" } })),
    },
  };
};

describe("the clean-up of a run that is over", () => {
  it("deletes what is left, newest first, and journals it in the run's own journal", async () => {
    const run = await runThatLeft();
    await run.boxes.clock.sleep(HOUR);
    const { record } = await cleanUp(run);
    expect(run.boxes.destroyed).toEqual(["box-2", "box-1", "box-0"]);
    expect(record.finished?.leftovers).toEqual([]);
    const { events } = await readJournal(join(run.folder, "journal.jsonl"));
    expect(events.slice(0, run.events.length)).toEqual(run.events);
    const added = events.slice(run.events.length);
    expect(added[0]).toMatchObject({ type: "run-resumed", gapMs: HOUR, process: { host: "test" } });
    expect(added.filter(({ type }) => type === "resource-deleted")).toHaveLength(3);
    expect(added.at(-1)?.type).toBe("run-finished");
  });

  it("deletes what is left of one that was cut off, and that has ended then", async () => {
    const run = await runThatLeft();
    await cutOff(run, (event) => event.type === "step-started" && event.step === "b");
    const { record } = await cleanUp(run);
    expect(run.boxes.destroyed).toEqual(["box-0"]);
    expect(record.finished).toMatchObject({ outcome: "passed", leftovers: [] });
  });

  it("lists what it does not know to destroy, and deletes the rest", async () => {
    const run = await runThatLeft({ otherKinds: [{ ...boxKind, kind: "test.crate" }], kinds: [makeCrate] }, CRATED);
    run.boxes.made.set("crate-0", { token: "it is there" });
    await cutOff(run, (event) => event.type === "step-finished" && event.step === "c");
    const { record } = await cleanUp(run);
    expect(run.boxes.destroyed).toEqual(["box-1", "box-0"]);
    expect(record.finished?.leftovers).toEqual([{ kind: "test.crate", region: "us-west-2", id: "crate-0" }]);
    expect(record.ledger.at(-1)?.reason).toContain("nothing knows how to destroy a test.crate");
  });

  it("runs no step, not even those of its teardown", async () => {
    expect(outcomes((await cleanUp(await runThatLeft())).events)).toEqual([]);
  });

  it("leaves what must stay, and lists it", async () => {
    const run = await runThatLeft();
    const { record } = await cleanUp(run, { spare: spareOnly("box-1") });
    expect([...run.boxes.made.keys()]).toEqual(["box-1"]);
    expect(record.finished?.leftovers.map(({ id }) => id)).toEqual(["box-1"]);
  });

  it.each([
    ["at once", () => ["box-3", "box-4"]],
    ["once something else was found", (look: number) => (look === 0 ? ["box-4"] : ["box-3"])],
  ])("leaves what must stay and only its tag tells of, also where that is seen %s", async (_when, looks) => {
    const run = await runThatLeft();
    for (const _ of ["box-3", "box-4"]) run.boxes.make("nobody's");
    const { record } = await cleanUp(run, { spare: spareOnly("box-3"), boxKind: tagged(looks) });
    expect([...run.boxes.made.keys()]).toEqual(["box-3"]);
    expect(record.finished?.leftovers).toEqual([{ kind: "test.box", region: "us-east-1", id: "box-3" }]);
  });

  it("does not say of what must stay that it is gone, because nothing of it was found", async () => {
    const crate = { ...boxKind, kind: "test.crate", settledBySweep: async () => true };
    const run = await runThatLeft({ otherKinds: [crate], kinds: [makeCrate] }, CRATED);
    await cutOff(run, (event) => event.type === "step-finished" && event.step === "c");
    const { record } = await cleanUp(run, { spare: spareOnly("crate-0"), otherKinds: [crate] });
    expect(record.finished?.leftovers.map(({ id }) => id)).toEqual(["crate-0"]);
  });

  it("judges the run by what had ended it", async () => {
    const run = await runThatLeft();
    await resumeTestRun(DRILL, run, {
      last: (event) => event.type === "step-started",
      guard: async () => ({ account: "444455556666", arn: "arn:other", clockOffsetMs: {} }),
    });
    const { record } = await cleanUp(run);
    expect(record.finished).toMatchObject({ outcome: "refused", failure: { code: "other-account" } });
  });

  it("ends within teardown's budget, however long anything takes", async () => {
    const run = await runThatLeft();
    const began = run.boxes.clock.monotonic();
    const hanging = { ...boxKind, destroy: () => new Promise<void>(() => undefined) };
    const { record } = await cleanUp(run, { boxKind: hanging });
    expect(run.boxes.clock.monotonic() - began).toBeLessThanOrEqual(DRILL.safety.teardownBudgetMs);
    expect(record.finished?.leftovers).toHaveLength(3);
  });

  it("ends when it is told to, and lists what is left", async () => {
    const run = await runThatLeft();
    const stop = new AbortController();
    const began = run.boxes.clock.monotonic();
    const interrupted: ResourceKind<Boxes> = {
      ...boxKind,
      async destroy(entry, boxes) {
        if (entry.id !== "box-1") return boxKind.destroy(entry, boxes);
        stop.abort(new Failure({ code: "interrupted", message: "Ctrl-C", fixer: "operator" }));
        await new Promise<void>(() => undefined);
      },
    };
    const { record } = await cleanUp(run, { stop: stop.signal, boxKind: interrupted });
    expect(run.boxes.clock.monotonic() - began).toBeLessThan(60_000);
    expect(record.ledger.find(({ id }) => id === "box-1")).toMatchObject({ state: "leaked", reason: "Ctrl-C" });
    expect(record.finished?.leftovers.map(({ id }) => id)).toContain("box-1");
  });
});
