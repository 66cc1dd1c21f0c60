import { describe, expect, it } from "vitest";
import { Failure } from "../../src/engine/failure.ts";
import { Boxes, drillOf, outcomes, runTest, step, stepKind } from "./harness.ts";

describe("phases", () => {
  it("runs the steps in file order, then destroys what they made, newest first", async () => {
    const run = await runTest(
      drillOf({
        prepare: [step("first", "box.make")],
        recover: [step("second", "box.make"), step("third", "box.make")],
        verify: [step("proof", "box.check")],
      }),
    );
    expect(outcomes(run.events)).toEqual(["first#1: passed", "second#1: passed", "third#1: passed", "proof#1: passed"]);
    expect(run.boxes.made.size).toBe(0);
    expect(run.record.ledger.map((entry) => `${entry.step} ${entry.state}`)).toEqual([
      "first deleted",
      "second deleted",
      "third deleted",
    ]);
  });

  it("declares the disaster when recover begins, and not before", async () => {
    const run = await runTest(
      drillOf({
        prepare: [step("wait", "box.sleep", { with: { ms: 30_000 } })],
        recover: [step("restore", "box.sleep", { with: { ms: 20_000 } })],
      }),
    );
    const [wait, restore] = run.record.steps;
    expect(run.record.disasterAt!.mono).toBeGreaterThanOrEqual(wait!.finishedAt!.mono);
    expect(run.record.disasterAt!.mono).toBeLessThanOrEqual(restore!.startedAt.mono);
  });

  it("declares none when prepare fails", async () => {
    const run = await runTest(
      drillOf({
        prepare: [step("wait", "box.sleep", { with: { ms: 3_600_000 } })],
        recover: [step("restore", "box.sleep", { with: { ms: 60_000 } })],
      }),
    );
    expect(run.record.disasterAt).toBeUndefined();
    expect(outcomes(run.events)).toEqual(["wait#1: timed-out", "restore#1: skipped"]);
  });

  it("skips, and says so, what follows a failed step, and still tears down", async () => {
    const fail = stepKind("box.fail", async () => {
      throw new Failure({ code: "no-luck", message: "no luck", fixer: "operator" });
    });
    const run = await runTest(
      drillOf({
        prepare: [step("made", "box.make"), step("bad", "box.fail"), step("never", "box.make")],
        recover: [step("also", "box.make")],
      }),
      { kinds: [fail] },
    );
    expect(outcomes(run.events)).toEqual(["made#1: passed", "bad#1: failed", "never#1: skipped", "also#1: skipped"]);
    expect(run.boxes.destroyed).toEqual(["box-0"]);
    expect(run.record.steps.find((known) => known.instance === "bad")?.failure?.code).toBe("no-luck");
  });

  it("calls any other error a bug of gameday", async () => {
    const bug = stepKind("box.bug", async () => {
      throw new TypeError("undefined is not a box");
    });
    const run = await runTest(drillOf({ recover: [step("bug", "box.bug")] }), { kinds: [bug] });
    expect(run.record.steps[0]?.failure).toMatchObject({ code: "internal", fixer: "gameday" });
  });

  it("changes nothing when the guard refuses", async () => {
    const run = await runTest(drillOf({ prepare: [step("made", "box.make")] }), {
      guard: () =>
        Promise.reject(
          new Failure({ code: "wrong-account", message: "no", fixer: "operator", consequence: "refused" }),
        ),
    });
    expect(run.events.map((event) => event.type)).toEqual(["run-started", "run-finished"]);
    expect(run.record.finished?.failure?.code).toBe("wrong-account");
  });
});

describe("steps", () => {
  it("fills expressions in from earlier outputs, as data", async () => {
    const hostile = stepKind("box.hostile", async () => ({ text: "${{ steps.first.slept }}" }));
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, input) => (seen.push(input), {}));
    const run = await runTest(
      drillOf({
        prepare: [
          step("first", "box.sleep", { with: { ms: 5 } }),
          step("hostile", "box.hostile"),
          step("read", "box.read", { with: { n: "${{ steps.first.slept }}", t: "${{ steps.hostile.text }}" } }),
        ],
      }),
      { kinds: [hostile, read] },
    );
    expect(outcomes(run.events).at(-1)).toBe("read#1: passed");
    expect(seen).toEqual([{ n: 5, t: "${{ steps.first.slept }}" }]);
  });

  it("skips a step whose condition is false", async () => {
    const run = await runTest(drillOf({ prepare: [step("maybe", "box.make", { if: "${{ 1 > 2 }}" })] }));
    expect(outcomes(run.events)).toEqual(["maybe#1: skipped"]);
  });

  it("fails a step whose expression fails, with the caret", async () => {
    const run = await runTest(
      drillOf({ prepare: [step("bad", "box.make", { with: { x: "${{ steps.ghost.id }}" } })] }),
    );
    expect(run.record.steps[0]?.outcome).toBe("failed");
    expect(run.record.steps[0]?.failure?.details?.join("\n")).toContain("^");
  });

  it("tries again as often as retry says, and never after a data check has failed", async () => {
    let tries = 0;
    const flaky = stepKind("box.flaky", async () => {
      if (++tries < 3) throw new Failure({ code: "flaky", message: "flaky", fixer: "AWS" });
      return {};
    });
    const retry = { attempts: 4, delayMs: 1_000 };
    const run = await runTest(
      drillOf({
        prepare: [step("flaky", "box.flaky", { retry })],
        verify: [step("proof", "box.check", { with: { ok: false }, retry })],
      }),
      { kinds: [flaky] },
    );
    expect(outcomes(run.events)).toEqual(["flaky#1: failed", "flaky#2: failed", "flaky#3: passed", "proof#1: failed"]);
  });

  it("runs a forEach once for each entry and collects the outputs", async () => {
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, input) => (seen.push(input["all"]), {}));
    const run = await runTest(
      drillOf({
        prepare: [
          step("many", "box.sleep", { forEach: "${{ [30, 20, 10] }}", with: { ms: "${{ each.value }}" } }),
          step("read", "box.read", { with: { all: "${{ steps.many.all }}" } }),
        ],
      }),
      { kinds: [read] },
    );
    expect(outcomes(run.events)).toEqual([
      "many[2]#1: passed",
      "many[1]#1: passed",
      "many[0]#1: passed",
      "read#1: passed",
    ]);
    expect(seen).toEqual([[{ slept: 30 }, { slept: 20 }, { slept: 10 }]]);
  });

  it("runs a parallel group at once and lets the others end when one fails", async () => {
    const fail = stepKind("box.fail", async () => {
      throw new Failure({ code: "no", message: "no", fixer: "operator" });
    });
    const run = await runTest(
      drillOf({
        prepare: [{ parallel: [step("slow", "box.sleep", { with: { ms: 1000 } }), step("bad", "box.fail")] }],
      }),
      { kinds: [fail] },
    );
    expect(outcomes(run.events)).toEqual(["bad#1: failed", "slow#1: passed"]);
  });

  it("notes a missed target as a finding and lets the step pass", async () => {
    const run = await runTest(
      drillOf({ recover: [step("slow", "box.sleep", { with: { ms: 9_000 }, targetMs: 5_000 })] }),
    );
    expect(outcomes(run.events)).toEqual(["slow#1: passed"]);
    expect(run.record.findings.map((finding) => finding.code)).toEqual(["target-missed"]);
  });

  it("blanks secrets out of everything it writes, and still hands them to later steps", async () => {
    const secretive = stepKind("box.secret", async (context) => {
      context.secret("hunter22");
      context.progress("the password is hunter22");
      return { password: "hunter22" };
    });
    const seen: unknown[] = [];
    const read = stepKind("box.read", async (_context, input) => (seen.push(input["p"]), {}));
    const run = await runTest(
      drillOf({
        prepare: [step("s", "box.secret"), step("r", "box.read", { with: { p: "${{ steps.s.password }}" } })],
      }),
      { kinds: [secretive, read] },
    );
    expect(seen).toEqual(["hunter22"]);
    expect(JSON.stringify(run.events)).not.toContain("hunter22");
  });
});

describe("creates", () => {
  it("journals the intent before the call and the id after it", async () => {
    const order: string[] = [];
    const watching = stepKind("box.watched", async (context) => {
      await context.create("test.box", { region: "us-west-2" }, async (token) => {
        order.push("sent");
        return { id: context.services.make(token) };
      });
      return {};
    });
    await runTest(drillOf({ prepare: [step("one", "box.watched")] }), {
      kinds: [watching],
      onEvent: (event) => event.type.startsWith("resource-") && order.push(event.type),
    });
    expect(order).toEqual(["resource-intended", "sent", "resource-created", "resource-deleting", "resource-deleted"]);
  });

  it("looks before it sends again when the answer was lost, and adopts what was made", async () => {
    const lost = stepKind("box.lost", async (context) => {
      const made = await context.create("test.box", { region: "us-west-2" }, async (token) => {
        context.services.make(token);
        throw new Failure({ code: "no-answer", message: "reset", fixer: "AWS", again: "look-first" });
      });
      return { id: made.id, adopted: made.adopted };
    });
    const run = await runTest(drillOf({ prepare: [step("one", "box.lost")] }), { kinds: [lost] });
    expect(run.record.steps[0]?.outputs).toEqual({ id: "box-0", adopted: true });
    expect(run.boxes.destroyed).toEqual(["box-0"]);
  });

  it("finds and destroys in teardown what a create made before it failed for good", async () => {
    const cut = stepKind("box.cut", async (context) => {
      await context.create("test.box", { region: "us-west-2" }, async (token) => {
        context.services.make(token);
        throw new Error("the process lost its mind");
      });
      return {};
    });
    const run = await runTest(drillOf({ prepare: [step("one", "box.cut")] }), { kinds: [cut] });
    expect(run.boxes.made.size).toBe(0);
    expect(run.record.ledger[0]).toMatchObject({ state: "deleted", id: "box-0" });
  });

  it("lists by id what will not go, and goes on with the rest", async () => {
    const boxes = new Boxes();
    boxes.stuck.add("box-1");
    const run = await runTest(
      drillOf({ prepare: [step("a", "box.make"), step("b", "box.make"), step("c", "box.make")] }),
      { boxes },
    );
    expect([...boxes.made.keys()]).toEqual(["box-1"]);
    expect(run.record.finished?.leftovers).toEqual([{ kind: "test.box", region: "us-west-2", id: "box-1" }]);
  });

  it("gives each logical create its own token, the same in every process", async () => {
    const tokens: string[] = [];
    const kind = stepKind("box.two", async (context) => {
      for (let i = 0; i < 2; i++)
        await context.create("test.box", { region: "x" }, async (token) => {
          tokens.push(token);
          return { id: context.services.make(token) };
        });
      return {};
    });
    const drill = drillOf({ prepare: [step("one", "box.two")] });
    await runTest(drill, { kinds: [kind] });
    await runTest(drill, { kinds: [kind] });
    expect(new Set(tokens).size).toBe(2);
    expect(tokens.slice(0, 2)).toEqual(tokens.slice(2));
    for (const token of tokens) expect(token).toMatch(/^[\x21-\x7e]{1,64}$/);
  });
});
