import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Failure } from "../../src/engine/failure.ts";
import {
  Boxes,
  drillOf,
  fail,
  failing,
  finishedOf,
  outcomes,
  runOne,
  runTest,
  startTestRun,
  step,
  stepKind,
} from "./harness.ts";

const MINUTE = 60_000;

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
    const run = await runOne(kind, { retry: { attempts: 2, delayMs: 50_000 } });
    for (const one of finishedOf(run)) expect(one).toMatchObject({ outcome: "failed", durationMs: 3_000, outputs: {} });
  });

  it("leaves nothing behind that waits or listens", async () => {
    const boxes = new Boxes();
    const sleep = boxes.clock.sleep.bind(boxes.clock);
    let asleep = 0;
    boxes.clock.sleep = async (ms, signal) => {
      asleep++;
      await sleep(ms, signal).finally(() => asleep--);
    };
    const signals: AbortSignal[] = [];
    const phases = { recover: [step("a", "box.make"), step("b", "box.fail", { retry: { attempts: 2, delayMs: 1 } })] };
    await runTest(drillOf(phases), {
      boxes,
      kinds: [fail],
      guard: async ({ signal }) => (
        signals.push(signal),
        { account: "111122223333", arn: "arn:test", clockOffsetMs: {} }
      ),
    });
    expect(asleep).toBe(0);
    expect(signals.map((signal) => getEventListeners(signal, "abort"))).toEqual([[]]);
  });

  it("makes each thing under a name of its own, the same in every version: a resumed one looks for it there", async () => {
    const kind = stepKind("box.two", async ({ create, services }) => {
      for (const _box of [0, 1])
        await create("test.box", { region: "us-west-2" }, async (token) => ({ id: services.make(token) }));
      return {};
    });
    const { record } = await runOne(kind);
    expect(record.ledger.map(({ key }) => key)).toEqual(["one#1/0", "one#1/1"]);
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
