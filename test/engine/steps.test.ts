import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Step } from "../../src/drill/drill.ts";
import type { StepFinished } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import type { StepKind } from "../../src/engine/step-kind.ts";
import {
  type Boxes,
  drillOf,
  outcomes,
  resumeTestRun,
  runTest,
  startTestRun,
  step,
  stepKind,
  type TestRun,
} from "./harness.ts";

const MINUTE = 60_000;

const failing = (more: Partial<Failure["details"]> = {}) =>
  new Failure({ code: "no-luck", message: "no luck", fixer: "operator", ...more });

const fail = stepKind("box.fail", async () => {
  throw failing();
});

/** Runs one step of one kind in `recover`. */
async function runOne(kind: StepKind<Boxes>, more: Partial<Step> = {}) {
  const run = await runTest(drillOf({ recover: [step("one", kind.uses, more)] }), { kinds: [kind] });
  return { ...run, finished: finishedOf(run).at(-1)! };
}

const finishedOf = ({ events }: Pick<TestRun, "events">): readonly StepFinished[] =>
  events.filter((event) => event.type === "step-finished");

describe("an attempt", () => {
  it("takes what it took, and is filed under its phase and kind", async () => {
    const kind = stepKind("box.slow", async ({ clock }) => (await clock.sleep(7_000), { done: true, gone: undefined }));
    const { finished, events } = await runOne(kind, { with: { a: 1 } });
    expect(finished).toMatchObject({
      phase: "recover",
      step: "one",
      instance: "one",
      attempt: 1,
      uses: "box.slow",
      outcome: "passed",
      durationMs: 7_000,
      willRetry: false,
    });
    expect(finished.outputs).toEqual({ done: true });
    expect(finished).not.toHaveProperty("failure");
    expect(finished).not.toHaveProperty("wallClock");
    expect(events.find(({ type }) => type === "step-started")).toMatchObject({ input: { a: 1 }, attempt: 1 });
  });

  it("that failed took what it took, too", async () => {
    const kind = stepKind("box.slow", async ({ clock }) => {
      await clock.sleep(3_000);
      throw failing();
    });
    expect((await runOne(kind)).finished).toMatchObject({ outcome: "failed", durationMs: 3_000, outputs: {} });
  });

  it("whose input is wrong once it is filled in does not begin, and says what is wrong", async () => {
    let began = false;
    const kind = stepKind("box.typed", async () => ((began = true), {}), {
      input: z.looseObject({ box: z.object({ size: z.number() }) }),
    });
    const { finished } = await runOne(kind, { with: { box: { size: "big" } } });
    expect(began).toBe(false);
    expect(finished.failure).toMatchObject({
      code: "invalid-input",
      fixer: "drill author",
      details: [expect.stringMatching(/^with\.box\.size: .*number/)],
    });
  });

  it("whose outputs are not what its kind says is a bug of gameday", async () => {
    const kind = stepKind("box.typed", async () => ({ id: 5 }), { output: z.object({ id: z.string() }) });
    expect((await runOne(kind)).finished.failure).toMatchObject({ code: "internal" });
  });

  it("whose data differ says so, and which", async () => {
    const check = { check: "boxes", passed: false, summary: "two boxes differ" };
    const kind = stepKind("box.compare", async ({ prove }, { differences }) => {
      await prove({ ...check, ...(differences ? { differences: ["box 1", "box 2"] } : {}) });
      return {};
    });
    const said = { code: "data-differs", message: "two boxes differ", consequence: "verification", fixer: "operator" };
    const plain = (await runOne(kind)).finished.failure;
    expect(plain).toMatchObject(said);
    expect(plain).not.toHaveProperty("details");
    const listed = (await runOne(kind, { with: { differences: true } })).finished.failure;
    expect(listed).toMatchObject({ ...said, details: ["box 1", "box 2"] });
  });

  it("may change what the run has made, and nothing else", async () => {
    const kind = stepKind("box.change", async (context, { id }) => (context.assertOwn("test.box", String(id)), {}));
    const change = (id: string) => step(`change-${id}`, "box.change", { with: { id } });
    const run = await runTest(
      drillOf({ prepare: [step("a", "box.make"), change("box-0")], recover: [change("box-9")] }),
      { kinds: [kind] },
    );
    expect(outcomes(run.events)).toEqual(["a#1: passed", "change-box-0#1: passed", "change-box-9#1: failed"]);
    expect(finishedOf(run).at(-1)?.failure).toMatchObject({ code: "not-of-this-run", resourceId: "box-9" });
  });
});

describe("an attempt that is to stop", () => {
  const deaf = stepKind("box.deaf", () => new Promise<never>(() => undefined), { defaultTimeoutMs: MINUTE });

  it("and does not, is given up after a quarter of an hour", async () => {
    const { finished } = await runOne(deaf);
    expect(finished).toMatchObject({ outcome: "timed-out", durationMs: 16 * MINUTE });
    expect(finished.failure).toMatchObject({
      code: "step-timed-out",
      message: "step one did not end within its time budget of 1m 00s",
      consequence: "timeout",
    });
  });

  it("and takes almost so long for it is waited for: what it makes until then is torn down", async () => {
    const slow = stepKind("box.slow-to-stop", async (context) => {
      await context.clock.sleep(MINUTE + 14 * MINUTE);
      await context.create("test.box", { region: "us-west-2" }, async (token) => ({
        id: context.services.make(token),
      }));
      return {};
    });
    const run = await runOne(slow, { timeoutMs: MINUTE });
    expect(run.finished.durationMs).toBe(15 * MINUTE);
    expect(run.boxes.made.size).toBe(0);
  });

  it("may say itself why its time was not enough", async () => {
    const waits = (code: string) =>
      stepKind("box.wait", async ({ clock, signal }) => {
        await clock.sleep(1e9, signal).catch(() => undefined);
        throw failing({ code, message: "box-0 was still pending" });
      });
    const known = await runOne(waits("step-timed-out"));
    expect(known.finished).toMatchObject({ outcome: "timed-out", failure: { message: "box-0 was still pending" } });
    const other = await runOne(waits("no-luck"));
    expect(other.finished).toMatchObject({ outcome: "timed-out", failure: { code: "step-timed-out" } });
  });

  it("by itself for want of time has timed out, too", async () => {
    const kind = stepKind("box.wait", async () => {
      throw failing({ consequence: "timeout" });
    });
    expect((await runOne(kind)).finished).toMatchObject({ outcome: "timed-out", failure: { code: "no-luck" } });
  });

  it("has a time budget of its own, which the drill may set", async () => {
    expect((await runOne(deaf, { timeoutMs: 5_000 })).finished.durationMs).toBe(5_000 + 15 * MINUTE);
  });

  it("is told so when the run is aborted, and no other step of a group begins what it cannot end", async () => {
    const group = { parallel: [step("slow", "box.sleep", { with: { ms: 50_000 } }), step("deaf", "box.deaf")] };
    const run = await startTestRun(drillOf({ recover: [group, step("never", "box.make")] }), {
      kinds: [deaf],
      onEvent: (event) => event.type === "step-started" && event.step === "deaf" && run.abort("SIGTERM"),
    });
    await run.result;
    expect(outcomes(run.events)).toEqual(["slow#1: aborted", "deaf#1: aborted", "never#1: skipped"]);
    expect(finishedOf(run)[0]?.failure).toMatchObject({
      code: "aborted",
      message: "step slow was stopped (SIGTERM)",
      consequence: "aborted",
    });
    expect(finishedOf(run)[2]?.reason).toBe("the run was aborted before it");
  });
});

describe("another attempt", () => {
  const counted = (results: readonly (Failure | undefined)[]) => {
    const at: number[] = [];
    const kind = stepKind("box.count", async ({ clock }) => {
      at.push(clock.monotonic());
      const failure = results[at.length - 1];
      if (failure) throw failure;
      return {};
    });
    return { kind, at };
  };

  it("comes after the pause that the drill asks for, and says that it will", async () => {
    const { kind, at } = counted([failing(), failing(), undefined]);
    const run = await runOne(kind, { retry: { attempts: 3, delayMs: 9_000 } });
    expect([at[1]! - at[0]!, at[2]! - at[1]!]).toEqual([9_000, 9_000]);
    expect(finishedOf(run).map(({ attempt, willRetry }) => [attempt, willRetry])).toEqual([
      [1, true],
      [2, true],
      [3, false],
    ]);
  });

  it("is not made without retry, nor more often than that says", async () => {
    expect(finishedOf(await runOne(counted([failing()]).kind))).toHaveLength(1);
    const run = await runOne(counted([failing(), failing(), undefined]).kind, { retry: { attempts: 2, delayMs: 0 } });
    expect(outcomes(run.events)).toEqual(["one#1: failed", "one#2: failed"]);
  });

  it.each([
    ["a refusal", failing({ retryable: false }), 1],
    ["data that differ", failing({ consequence: "verification" }), 1],
    ["a time-out", failing({ consequence: "timeout" }), 2],
  ])("after %s: attempts %#", async (_what, failure, attempts) => {
    const run = await runOne(counted([failure, undefined]).kind, { retry: { attempts: 2, delayMs: 0 } });
    expect(finishedOf(run)).toHaveLength(attempts);
  });

  it("is not waited for once the run is aborted", async () => {
    const run = await startTestRun(
      drillOf({ recover: [step("f", "box.fail", { retry: { attempts: 5, delayMs: 3_600_000 } })] }),
      {
        kinds: [fail],
        onEvent: (event) => event.type === "step-finished" && event.attempt === 1 && run.abort("SIGINT"),
      },
    );
    await run.result;
    expect(outcomes(run.events)).toEqual(["f#1: failed", "f#2: aborted"]);
    expect(finishedOf(run)[1]).toMatchObject({ willRetry: false, durationMs: 0 });
  });
});

describe("a step", () => {
  it("of several instances runs ten at once unless the drill says otherwise, and is as good as its worst", async () => {
    let [now, most] = [0, 0];
    const kind = stepKind("box.busy", async ({ clock }, { value }) => {
      most = Math.max(most, ++now);
      await clock.sleep(1_000);
      now--;
      if (value === 3) throw failing();
      return { value };
    });
    const list = Array.from({ length: 25 }, (_, index) => index);
    const busy = { forEach: list, with: { value: "${{ each.value }}", index: "${{ each.index }}" } };
    const run = await runOne(kind, busy);
    expect(most).toBe(10);
    expect(run.record.phases.find(({ phase }) => phase === "recover")?.outcome).toBe("failed");
    expect(run.record.steps).toHaveLength(25);
    expect(run.record.steps.map(({ input }) => input)).toEqual(list.map((value) => ({ value, index: value })));
    [now, most] = [0, 0];
    await runOne(kind, { ...busy, concurrency: 2 });
    expect(most).toBe(2);
  });

  it("with an empty list is skipped, and yields an empty list", async () => {
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, input) => (seen.push(input["all"]), {}));
    const run = await runTest(
      drillOf({
        prepare: [
          step("many", "box.make", { forEach: "${{ [] }}" }),
          step("read", "box.read", { with: { all: "${{ steps.many.all }}" } }),
        ],
      }),
      { kinds: [read] },
    );
    expect(seen).toEqual([[]]);
    expect(finishedOf(run)[0]).toMatchObject({ outcome: "skipped", reason: "its forEach list is empty", attempt: 1 });
  });

  it.each([
    ["${{ 5 }}", "number"],
    ["${{ null }}", "null"],
  ])("whose list is %s fails, and the drill's author can mend it", async (forEach, type) => {
    const { finished } = await runOne(fail, { forEach });
    expect(finished).toMatchObject({ outcome: "failed", outputs: {}, durationMs: 0 });
    expect(finished.failure).toMatchObject({
      code: "for-each-not-a-list",
      fixer: "drill author",
      message: `forEach of step one must yield a list, and it yielded ${type}`,
    });
  });

  it("whose condition cannot be told fails, and does not run", async () => {
    const { finished, events } = await runOne(fail, { if: "${{ steps.ghost.id == 1 }}" });
    expect(finished.outcome).toBe("failed");
    expect(events.map(({ type }) => type)).not.toContain("step-started");
  });

  it("whose condition is false says so, and one whose condition is true runs", async () => {
    expect((await runOne(fail, { if: "${{ 1 > 2 }}" })).finished).toMatchObject({
      outcome: "skipped",
      reason: "its condition is false: ${{ 1 > 2 }}",
    });
    expect((await runOne(fail, { if: "${{ 2 > 1 }}" })).finished.outcome).toBe("failed");
  });

  it("whose input cannot be filled in has failed without a call, and without a second attempt's luck", async () => {
    const { finished, events } = await runOne(fail, { with: { x: "${{ steps.ghost.id }}" } });
    expect(finished).toMatchObject({ outcome: "failed", durationMs: 0, outputs: {} });
    expect(events.find(({ type }) => type === "step-started")).toMatchObject({ input: {} });
  });

  it("of a kind that validation let pass and nobody has is a bug", async () => {
    const run = await runTest(drillOf({ recover: [step("ghost", "box.ghost")] }));
    expect(finishedOf(run)[0]?.failure).toMatchObject({
      code: "internal",
      message: expect.stringContaining("box.ghost"),
    });
  });

  it("can see the run, the drill, its Regions and the account", async () => {
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, input) => (seen.push(input), {}));
    const names = ["run.id", "run.startedAt", "drill.name", "regions.primary", "regions.dr", "account.id"];
    await runOne(read, { with: { all: names.map((name) => `\${{ ${name} }}`) } });
    expect(seen).toEqual([
      { all: ["01TEST", "2026-01-01T00:00:00.000Z", "test-drill", "us-east-1", "us-west-2", "111122223333"] },
    ]);
  });

  it.each([
    [5_000, []],
    [4_999, ["too late"]],
  ])("has a target of %d ms, which it may reach exactly", async (targetMs, messages) => {
    const slow = step("slow", "box.sleep", { with: { ms: 5_000 }, targetMs });
    const run = await runTest(drillOf({ recover: [slow] }));
    expect(run.record.findings).toHaveLength(messages.length);
    for (const found of run.record.findings)
      expect(found).toMatchObject({ code: "target-missed", severity: "warning", instance: "slow" });
  });

  it("that will be tried again has not missed its target yet, and then it has once", async () => {
    const kind = stepKind("box.slow", async ({ clock }) => {
      await clock.sleep(3_000);
      throw failing();
    });
    const run = await runOne(kind, { targetMs: 2_000, retry: { attempts: 2, delayMs: 0 } });
    expect(run.record.findings.map(({ message }) => message)).toEqual([expect.stringContaining("step one took 6.0s")]);
  });
});

describe("a step of a run that is resumed", () => {
  const READ_ALL = { none: "${{ steps.none.all }}", word: "${{ steps.secret.word }}" };
  const drill = drillOf({
    prepare: [
      step("none", "box.make", { forEach: "${{ [] }}" }),
      step("off", "box.make", { if: "${{ 1 > 2 }}" }),
      step("secret", "box.secret"),
    ],
    recover: [step("s", "box.sleep", { with: { ms: 9_000 } }), step("read", "box.read", { with: { all: READ_ALL } })],
  });

  it("keeps what it had yielded, and gets back what the journal must not hold", async () => {
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, input) => (seen.push(input["all"]), {}));
    const secret = stepKind("box.secret", async () => ({ word: "[redacted]" }), {
      recall: async (context, outputs) => ({ ...outputs, word: `recalled for ${context.instance}` }),
    });
    const options = { kinds: [read, secret] };
    const run = await runTest(drill, options);
    const resumed = await resumeTestRun(drill, run, {
      ...options,
      last: (event) => event.type === "step-started" && event.instance === "s",
    });
    expect(outcomes(resumed.events)).toEqual(["s#1: passed", "read#1: passed"]);
    expect(seen).toEqual([
      { none: [], word: "[redacted]" },
      { none: [], word: "recalled for secret" },
    ]);
  });

  it.each(["failed", "aborted"] as const)(
    "that had %s is not tried again, and nothing after it is",
    async (outcome) => {
      const end = outcome === "failed" ? failing() : undefined;
      const kind = stepKind("box.end", async ({ clock, signal }) => {
        if (end) throw end;
        await clock.sleep(50_000, signal);
        return {};
      });
      const phases = { recover: [step("e", "box.end"), step("after", "box.make")] };
      const run = await startTestRun(drillOf(phases), {
        kinds: [kind],
        onEvent: (event) => outcome === "aborted" && event.type === "step-started" && run.abort("SIGINT"),
      });
      await run.result;
      const resumed = await resumeTestRun(drillOf(phases), run, {
        kinds: [kind],
        last: (event) => event.type === "step-finished" && event.instance === "e",
      });
      expect(outcomes(resumed.events)).toEqual(["after#1: skipped"]);
      const recover = resumed.record.phases.filter(({ phase }) => phase === "recover");
      expect(recover.map((phase) => phase.outcome)).toEqual([outcome === "failed" ? "failed" : "skipped"]);
    },
  );

  it("that was cut off between two attempts goes on with the next", async () => {
    let tries = 0;
    const flaky = stepKind("box.flaky", async () => {
      if (++tries === 1) throw failing();
      return {};
    });
    const again = drillOf({ recover: [step("f", "box.flaky", { retry: { attempts: 2, delayMs: 1_000 } })] });
    const run = await runTest(again, { kinds: [flaky] });
    const resumed = await resumeTestRun(again, run, {
      kinds: [flaky],
      last: (event) => event.type === "step-finished" && event.willRetry,
    });
    expect(outcomes(resumed.events)).toEqual(["f#2: passed"]);
    expect(finishedOf(resumed)[0]).not.toHaveProperty("wallClock");
  });
});
