import { describe, expect, it } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import { boxKind, drillOf, outcomes, resumeTestRun, runTest, startTestRun, step, stepKind } from "./harness.ts";

describe("stopping", () => {
  it("ends a step at its timeout", async () => {
    const run = await runTest(
      drillOf({ prepare: [step("slow", "box.sleep", { with: { ms: 3_600_000 }, timeoutMs: 60_000 })] }),
    );
    const slow = run.record.steps[0]!;
    expect(slow.outcome).toBe("timed-out");
    expect(slow.finishedAt!.mono - slow.startedAt.mono).toBe(60_000);
  });

  it("stops the step in flight on abort, skips the rest, tears down", async () => {
    const run = await startTestRun(
      drillOf({
        prepare: [step("made", "box.make"), step("slow", "box.sleep", { with: { ms: 50_000 } })],
        recover: [step("never", "box.make")],
      }),
      { onEvent: (event) => event.type === "step-started" && event.step === "slow" && run.abort("SIGINT") },
    );
    const { record } = await run.result;
    expect(outcomes(run.events)).toEqual(["made#1: passed", "slow#1: aborted", "never#1: skipped"]);
    expect(record.aborted?.reason).toBe("SIGINT");
    expect(run.boxes.destroyed).toEqual(["box-0"]);
  });

  it("counts an abort at the guard as an abort, not as a failure, and judges it as one", async () => {
    const run = await startTestRun(drillOf({ prepare: [step("never", "box.make")] }), {
      guard: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      judge: (record) => ({ outcome: record.aborted ? "aborted" : "passed", exitCode: record.aborted ? 130 : 0 }),
    });
    run.abort("SIGINT");
    const { record, exitCode } = await run.result;
    expect(exitCode).toBe(130);
    expect(record.finished?.failure).toBeUndefined();
    expect(outcomes(run.events)).toEqual([]);
  });

  it("aborts by itself after safety.maxDuration", async () => {
    const run = await runTest(
      drillOf(
        { prepare: [step("slow", "box.sleep", { with: { ms: 50_000_000 }, timeoutMs: 60_000_000 })] },
        { safety: { accounts: [], maxDurationMs: 3_600_000, teardownBudgetMs: 60_000 } },
      ),
    );
    expect(run.record.aborted?.reason).toBe("max-duration");
  });

  it("gives teardown a budget of its own and journals what it could not confirm", async () => {
    const drill = drillOf(
      { prepare: [step("made", "box.make")] },
      { safety: { accounts: [], maxDurationMs: 86_400_000, teardownBudgetMs: 60_000 } },
    );
    const hanging = { ...boxKind, destroy: () => new Promise<void>(() => {}) };
    const run = await runTest(drill, { boxKind: hanging });
    expect(run.record.ledger[0]).toMatchObject({ state: "leaked", id: "box-0" });
    expect(run.record.ledger[0]?.reason).toContain("half of what was left of teardown's budget");
  });
});

const IDENTITY = { account: "111122223333", arn: "arn:test", clockOffsetMs: {} };
const SLEEP = step("slow", "box.sleep", { with: { ms: 50_000 } });
const startOfSlow = (event: JournaledEvent) => event.type === "step-started" && event.instance === "slow";

describe("an abort", () => {
  it("counts once: what is asked for later is not journaled", async () => {
    const run = await startTestRun(drillOf({ recover: [SLEEP] }), {
      onEvent: (event) => {
        if (!startOfSlow(event)) return;
        run.abort("SIGINT");
        run.abort("SIGTERM");
      },
    });
    await run.result;
    const asked = run.events.filter(({ type }) => type === "abort-requested");
    expect(asked).toMatchObject([{ reason: "SIGINT" }]);
    expect(asked[0]).not.toHaveProperty("detail");
  });

  it("at the very end of teardown is still in the record that is judged", async () => {
    const run = await startTestRun(drillOf({ recover: [step("a", "box.make")] }), {
      onEvent: (event) => event.type === "phase-finished" && event.phase === "teardown" && run.abort("SIGINT"),
      judge: (record) => ({ outcome: record.aborted ? "aborted" : "passed", exitCode: record.aborted ? 130 : 0 }),
    });
    expect(await run.result).toMatchObject({ exitCode: 130, record: { finished: { outcome: "aborted" } } });
  });

  it("does not hide what goes wrong after it", async () => {
    const run = await startTestRun(drillOf({ recover: [SLEEP] }), {
      onEvent: (event) => {
        if (startOfSlow(event)) run.abort("SIGINT");
        if (event.type === "phase-finished" && event.phase === "teardown") throw new Error("deaf");
      },
    });
    const { record } = await run.result;
    expect(record.finished?.failure).toMatchObject({ code: "internal", message: "gameday has a bug: Error: deaf" });
    const ends = run.events.filter((event) => event.type === "phase-finished" && event.phase === "teardown");
    expect(ends).toHaveLength(1);
  });
});

describe("a drill that is under way", () => {
  it("tells what there is, and whether it is being torn down", async () => {
    const seen: unknown[] = [];
    const look = stepKind("box.look", async () => {
      seen.push([run.tearingDown(), run.ledger().map(({ id, state }) => `${id} ${state}`)]);
      return {};
    });
    const kinds = [look];
    const run = await startTestRun(
      drillOf({ recover: [step("a", "box.make"), step("b", "box.look")], teardown: [step("c", "box.look")] }),
      { kinds },
    );
    await run.result;
    expect(seen).toEqual([
      [false, ["box-0 created"]],
      [true, ["box-0 created"]],
    ]);
    expect(run.ledger()).toMatchObject([{ id: "box-0", state: "deleted" }]);
  });
});

/** A run that was stopped, and whose process ended before it had torn anything down. */
async function cutOffWhileStopping() {
  const drill = drillOf({ prepare: [step("a", "box.make"), SLEEP] });
  const run = await startTestRun(drill, { onEvent: (event) => startOfSlow(event) && run.abort("SIGTERM") });
  await run.result;
  run.boxes.made.set("box-0", { token: "as it was when the run was cut off" });
  const last = ({ type }: JournaledEvent) => type === "abort-requested";
  return { drill, run, last };
}

describe("a run that was stopped and cut off, once it is resumed", () => {
  it("passes the guard, which it needs for its teardown, and is only torn down", async () => {
    const { drill, run, last } = await cutOffWhileStopping();
    const tagged: string[] = [];
    const resumed = await resumeTestRun(drill, run, {
      last,
      guard: async ({ signal }) => (signal.throwIfAborted(), IDENTITY),
      boxKind: { ...boxKind, tag: async ({ id }) => void tagged.push(id) },
    });
    expect(resumed.boxes.made.size).toBe(0);
    expect(outcomes(resumed.events)).toEqual(["slow#1: skipped"]);
    expect(resumed.record.aborted?.reason).toBe("SIGTERM");
    expect(resumed.record.finished).not.toHaveProperty("failure");
    // It does not go on, so nobody elsewhere is told of a later end.
    expect(tagged).toEqual([]);
  });

  it("says so when the guard refuses it, and lists what is left", async () => {
    const { drill, run, last } = await cutOffWhileStopping();
    const refusal = new Failure({ code: "wrong-account", message: "no", fixer: "operator", consequence: "refused" });
    const resumed = await resumeTestRun(drill, run, { last, guard: () => Promise.reject(refusal) });
    expect(resumed.record.finished?.failure).toMatchObject({ code: "wrong-account" });
    expect(resumed.record.finished?.leftovers).toMatchObject([{ id: "box-0" }]);
  });
});
