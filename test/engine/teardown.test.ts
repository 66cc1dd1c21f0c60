import { describe, expect, it } from "vitest";
import { Failure } from "../../src/engine/failure.ts";
import type { LedgerEntry, ResourceKind } from "../../src/engine/resource-kind.ts";
import { teardownGroups } from "../../src/engine/teardown-order.ts";
import { Boxes, boxKind, drillOf, outcomes, runTest, startTestRun, step, stepKind } from "./harness.ts";

const MINUTE = 60_000;

function entry(kind: string, id: number): LedgerEntry {
  const common = { region: "us-west-2", token: "", tags: {}, attributes: {}, step: "s", state: "created" } as const;
  return { ...common, key: `s#1/${id}`, kind, id: `${kind}-${id}` };
}

const TIERS: Readonly<Record<string, number>> = { attachment: 1, instance: 2, volume: 3 };
const ids = (entries: readonly LedgerEntry[]) =>
  teardownGroups(entries, (kind) => TIERS[kind]).map((group) => group.map(({ id }) => id));

describe("the order of teardown", () => {
  it("is newest first, neighbours of one kind together, where kinds have no tier", () => {
    const entries = ["stack", "box", "box", "stack"].map(entry);
    expect(ids(entries)).toEqual([["stack-3"], ["box-2", "box-1"], ["stack-0"]]);
  });

  it("is tier by tier between those", () => {
    const entries = ["volume", "stack", "volume", "instance", "attachment", "volume", "instance", "attachment"].map(
      entry,
    );
    expect(ids(entries)).toEqual([
      ["attachment-7", "attachment-4"],
      ["instance-6", "instance-3"],
      ["volume-5", "volume-2"],
      ["stack-1"],
      ["volume-0"],
    ]);
  });

  it("makes a handful of groups of a thousand entries made in turn", () => {
    const kinds = ["volume", "instance", "attachment"];
    const entries = Array.from({ length: 1_000 }, (_, index) => entry(kinds[index % 3]!, index));
    expect(ids(entries)).toHaveLength(3);
  });
});

/** Destroys in `ms` of the clock, or never. */
function slowKind(ms: (id: string) => number | "never"): ResourceKind<Boxes> {
  return {
    ...boxKind,
    async destroy(made, boxes) {
      const takes = ms(made.id);
      if (takes === "never") return new Promise<void>(() => {});
      await boxes.clock.sleep(takes);
      await boxKind.destroy(made, boxes);
    },
  };
}

const many = (count: number) =>
  step("many", "box.make", { forEach: Array.from({ length: count }, (_, index) => index), concurrency: 100 });

describe("teardown", () => {
  it("of a thousand resources ends in the time that sixteen at once take", async () => {
    const run = await runTest(drillOf({ prepare: [many(1_000)] }), { boxKind: slowKind(() => 10_000) });
    expect(run.boxes.made.size).toBe(0);
    const teardown = run.record.phases.find(({ phase }) => phase === "teardown")!;
    expect(teardown.finishedAt!.mono - teardown.startedAt.mono).toBe(Math.ceil(1_000 / 16) * 10_000);
  });

  it("goes on past what hangs: everything else is gone, and the one is listed", async () => {
    const drill = drillOf({ prepare: [many(40), step("last", "box.make")] });
    const run = await runTest(drill, { boxKind: slowKind((id) => (id === "box-3" ? "never" : 60_000)) });
    expect([...run.boxes.made.keys()]).toEqual(["box-3"]);
    expect(run.record.ledger.filter(({ state }) => state !== "deleted")).toMatchObject([
      { id: "box-3", state: "leaked", reason: expect.stringContaining("half of what was left of teardown") },
    ]);
    expect(run.record.finished?.leftovers).toEqual([{ kind: "test.box", region: "us-west-2", id: "box-3" }]);
  });

  it("stays within its budget, however much hangs", async () => {
    const run = await runTest(drillOf({ prepare: [many(50)] }), { boxKind: slowKind(() => "never") });
    const teardown = run.record.phases.find(({ phase }) => phase === "teardown")!;
    expect(teardown.finishedAt!.mono - teardown.startedAt.mono).toBeLessThanOrEqual(30 * MINUTE);
    expect(run.record.finished?.leftovers).toHaveLength(50);
  });
});

describe("the sweep", () => {
  const sweeping = (list: (boxes: Boxes) => readonly string[]): ResourceKind<Boxes> => ({
    ...boxKind,
    sweep: {
      list: async ({ region, runId = "" }, boxes) =>
        region === "us-east-1" ? list(boxes).map((id) => ({ id, region, tags: { "gameday:run": runId } })) : [],
    },
  });

  it("enters what carries the run's tag and nobody journaled in the ledger, and destroys it", async () => {
    const boxes = new Boxes();
    const stray = boxes.make("nobody's");
    const run = await runTest(drillOf({ prepare: [step("a", "box.make")] }), {
      boxes,
      boxKind: sweeping((world) => [...world.made.keys()]),
    });
    expect(boxes.made.size).toBe(0);
    expect(run.record.ledger.map(({ step: by, id, region, state }) => [by, id, region, state])).toEqual([
      ["a", "box-1", "us-west-2", "deleted"],
      ["sweep", stray, "us-east-1", "deleted"],
    ]);
  });

  it("lists by id what it finds and cannot destroy", async () => {
    const boxes = new Boxes();
    boxes.stuck.add(boxes.make("nobody's"));
    const run = await runTest(drillOf({}), { boxes, boxKind: sweeping((world) => [...world.made.keys()]) });
    expect(run.record.finished?.leftovers).toEqual([{ kind: "test.box", region: "us-east-1", id: "box-0" }]);
  });

  it("takes no list's word for whose something is", async () => {
    const boxes = new Boxes();
    boxes.make("theirs");
    const lying: ResourceKind<Boxes> = {
      ...boxKind,
      sweep: {
        list: async ({ region }) => [
          { id: "box-0", region, tags: { "gameday:run": "01TEST2" } },
          { id: "box-0", region, tags: { "Gameday:run": "01TEST" } },
        ],
      },
    };
    await runTest(drillOf({}), { boxes, boxKind: lying });
    expect(boxes.made.size).toBe(1);
  });

  it("that cannot look is a finding, and the run's outcome is its own", async () => {
    const denied = new Failure({ code: "access-denied", message: "no", fixer: "operator" });
    const run = await runTest(drillOf({ prepare: [step("a", "box.make")] }), {
      boxKind: { ...boxKind, sweep: { list: () => Promise.reject(denied) } },
    });
    expect(run.record.findings).toMatchObject([{ code: "sweep-incomplete" }, { code: "sweep-incomplete" }]);
    expect(run.record.finished?.leftovers).toEqual([]);
  });
});

describe("onFailure: keep", () => {
  const fail = stepKind("box.fail", async () => {
    throw new Failure({ code: "no-luck", message: "no luck", fixer: "operator" });
  });
  const phases = { prepare: [step("a", "box.make"), step("b", "box.fail")], teardown: [step("t", "box.make")] };
  const tagging = (tags: Map<string, string>): ResourceKind<Boxes> => ({
    ...boxKind,
    tag: async ({ id }, more) => void tags.set(id, more["gameday:expires"] ?? ""),
  });

  it("keeps what the run made, tagged with the instant, and neither lists it as a leftover nor runs teardown steps", async () => {
    const tags = new Map<string, string>();
    const drill = drillOf(phases, { onFailure: "keep", keepForMs: 3_600_000 });
    const run = await runTest(drill, { kinds: [fail], boxKind: tagging(tags) });
    expect(run.record.ledger).toMatchObject([{ id: "box-0", state: "kept", keptUntil: tags.get("box-0") }]);
    expect(Date.parse(tags.get("box-0")!) - Date.UTC(2026, 0, 1)).toBe(3_600_000);
    expect(run.record.finished?.leftovers).toEqual([]);
    expect(outcomes(run.events)).toEqual(["a#1: passed", "b#1: failed"]);
  });

  it.each<readonly [what: string, more: Partial<ResourceKind<Boxes>>]>([
    ["tag", { tag: () => new Promise<void>(() => undefined) }],
    ["look", { tag: async () => undefined, sweep: { list: () => new Promise<never>(() => undefined) } }],
  ])("ends within teardown's budget, however long a %s takes", async (what, more) => {
    const began = Date.UTC(2026, 0, 1);
    const drill = drillOf(phases, { onFailure: "keep" });
    const run = await runTest(drill, { kinds: [fail], boxKind: { ...boxKind, ...more } });
    expect(run.record.ledger).toMatchObject([{ id: "box-0", state: "kept" }]);
    expect(run.events.find(({ type }) => type === "resource-kept")).toMatchObject({ tagged: what === "look" });
    expect(run.record.findings.map(({ code }) => code)).toEqual(what === "look" ? ["keep-incomplete"] : []);
    expect(run.boxes.clock.now() - began).toBeLessThanOrEqual(drill.safety.teardownBudgetMs);
  });

  it("tears down where a step failed and the run was aborted then", async () => {
    const run = await startTestRun(drillOf(phases, { onFailure: "keep" }), {
      kinds: [fail],
      onEvent: (event) => {
        if (event.type === "step-finished" && event.instance === "b") run.abort("SIGINT");
      },
    });
    await run.result;
    expect(run.boxes.made.size).toBe(0);
  });

  it("tears down when no step has failed, and when the run was aborted", async () => {
    const passed = await runTest(drillOf({ prepare: [step("a", "box.make")] }, { onFailure: "keep" }));
    expect(passed.boxes.made.size).toBe(0);
    const slow = drillOf(
      { prepare: [step("a", "box.make"), step("s", "box.sleep", { with: { ms: 9e6 }, timeoutMs: 1e7 })] },
      { onFailure: "keep" },
    );
    const aborted = await startTestRun(slow, {
      onEvent: (event) => {
        if (event.type === "step-started" && event.instance === "s") aborted.abort("SIGINT");
      },
    });
    await aborted.result;
    expect(aborted.boxes.made.size).toBe(0);
  });
});

describe("stop alarms", () => {
  const drill = drillOf(
    { prepare: [step("a", "box.make"), step("slow", "box.sleep", { with: { ms: 9e6 }, timeoutMs: 1e7 })] },
    { safety: { accounts: [], maxDurationMs: 86_400_000, teardownBudgetMs: 1_800_000, stopAlarms: ["errors"] } },
  );

  it.each([
    ["goes to ALARM", () => Promise.resolve("errors: too many"), "errors: too many"],
    ["cannot be watched", () => Promise.reject(new Error("denied")), "they cannot be watched: denied"],
  ])("one that %s stops the run and tears it down", async (_what, said, detail) => {
    const run = await runTest(drill, {
      stopAlarm: async (_alarms, scope) => {
        await scope.clock.sleep(5_000, scope.signal);
        return said();
      },
    });
    expect(run.record.aborted).toMatchObject({ reason: "stop-alarm", detail });
    expect(outcomes(run.events)).toEqual(["a#1: passed", "slow#1: aborted"]);
    expect(run.boxes.made.size).toBe(0);
  });

  it("that stay quiet are not watched any more once teardown begins", async () => {
    let stopped = false;
    const quick = { ...drill, phases: { ...drill.phases, prepare: [step("a", "box.make")] } };
    const run = await runTest(quick, {
      stopAlarm: async (_alarms, { signal, clock }) => {
        await clock.sleep(1e9, signal).catch((error: unknown) => {
          stopped = true;
          throw error;
        });
        return "";
      },
    });
    expect(stopped).toBe(true);
    expect(run.record.aborted).toBeUndefined();
  });
});
