import { describe, expect, it } from "vitest";
import { drillOf, outcomes, runTest, step } from "./harness.ts";

const phases = { prepare: [step("a", "box.make"), step("slow", "box.sleep", { with: { ms: 9_000 } })] };
const safety = { accounts: [], maxDurationMs: 86_400_000, teardownBudgetMs: 1_800_000 };
const guarded = drillOf(phases, { safety: { ...safety, stopAlarms: ["errors", "latency"] } });

describe("stop alarms", () => {
  it("are watched as the drill names them, in a scope of no step's", async () => {
    const seen: unknown[] = [];
    const run = await runTest(guarded, {
      stopAlarm: async (alarms, { clock, signal, ...scope }) => {
        seen.push(alarms, scope.instance, scope.primaryRefused);
        await clock.sleep(1e9, signal);
        return "";
      },
    });
    expect(seen).toEqual([["errors", "latency"], undefined, false]);
    expect(outcomes(run.events)).toEqual(["a#1: passed", "slow#1: passed"]);
  });

  it.each([[undefined], [[]]])("are not watched where the drill names none: %j", async (stopAlarms) => {
    let watched = false;
    const drill = drillOf(phases, { safety: stopAlarms ? { ...safety, stopAlarms } : safety });
    const run = await runTest(drill, { stopAlarm: () => ((watched = true), Promise.resolve("on")) });
    expect(watched).toBe(false);
    expect(run.record.aborted).toBeUndefined();
  });

  it("stop nothing where there is nobody to watch them", async () => {
    const run = await runTest(guarded);
    expect(outcomes(run.events)).toEqual(["a#1: passed", "slow#1: passed"]);
    expect(run.record.finished).not.toHaveProperty("failure");
  });

  it("that cannot be watched say why, whatever was thrown", async () => {
    const run = await runTest(guarded, {
      stopAlarm: async (_alarms, { clock, signal }) => {
        await clock.sleep(1_000, signal);
        return Promise.reject("denied");
      },
    });
    expect(run.record.aborted).toMatchObject({ reason: "stop-alarm", detail: "they cannot be watched: denied" });
  });
});
