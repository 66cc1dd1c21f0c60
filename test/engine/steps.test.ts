import { describe, expect, it } from "vitest";
import {
  drillOf,
  fail,
  failing,
  finishedOf,
  outcomes,
  resumeTestRun,
  runOne,
  runTest,
  startTestRun,
  step,
  stepKind,
} from "./harness.ts";

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
