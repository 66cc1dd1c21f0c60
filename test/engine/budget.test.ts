import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { withinBudget, withinPart, type Budget } from "../../src/engine/budget.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { untilAborted } from "../../src/time/abortable.ts";

const MINUTE = 60_000;

function at() {
  const clock = new VirtualClock({ speed: 0 });
  const within = <T>(work: (budget: Budget) => Promise<T>, stop?: AbortSignal) =>
    withinBudget(clock, 10 * MINUTE, work, stop);
  return { clock, within };
}

/** Ends when it is told to, with what it was told. */
const obedient = async (signal: AbortSignal) => {
  await untilAborted(signal);
  return signal.reason as unknown;
};

describe("a time budget", () => {
  it("is told of as it is used up, and never below nothing", async () => {
    const { clock, within } = at();
    const left = await within(async ({ leftMs }) => {
      const before = leftMs();
      await clock.sleep(4 * MINUTE);
      const then = leftMs();
      await clock.sleep(60 * MINUTE);
      return [before, then, leftMs()];
    });
    expect(left).toEqual([10 * MINUTE, 6 * MINUTE, 0]);
  });

  it("that is spent stops the work, and says which setting is to be raised", async () => {
    const { clock, within } = at();
    const began = clock.monotonic();
    const reason = await within(({ signal }) => obedient(signal));
    expect(clock.monotonic() - began).toBe(10 * MINUTE);
    expect(reason).toMatchObject({
      details: {
        code: "teardown-timed-out",
        message: "teardown did not end within its budget of 10m 00s",
        next: expect.stringContaining("safety.teardownBudget"),
        fixer: "operator",
        consequence: "timeout",
      },
    });
  });

  it("is over with its work: nothing is left that waits or listens", async () => {
    const { clock, within } = at();
    const stop = new AbortController();
    const kept = await within(async ({ signal }) => signal, stop.signal);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
    await clock.sleep(60 * MINUTE);
    stop.abort(new Error("too late"));
    expect(kept.aborted).toBe(false);
  });

  it("is over with its work also where that fails", async () => {
    const { within } = at();
    const stop = new AbortController();
    await expect(within(() => Promise.reject(new Error("no luck")), stop.signal)).rejects.toThrow("no luck");
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  });

  it("ends with what stops it from outside, before it began or later, and with that one's reason", async () => {
    const { clock, within } = at();
    const stop = new AbortController();
    const began = clock.monotonic();
    void clock.sleep(MINUTE).then(() => stop.abort("Ctrl-C"));
    expect(await within(({ signal }) => obedient(signal), stop.signal)).toBe("Ctrl-C");
    expect(clock.monotonic() - began).toBe(MINUTE);
    expect(await within(({ signal }) => obedient(signal), stop.signal)).toBe("Ctrl-C");
    expect(clock.monotonic() - began).toBe(MINUTE);
  });
});

describe("a part of a budget", () => {
  it("that hangs gets half of what is left, and the next one half of the rest", async () => {
    const { clock, within } = at();
    const took = await within(async (budget) => {
      const ends: number[] = [];
      for (const _part of [1, 2]) {
        const reason = await withinPart(clock, budget, obedient);
        expect(reason).toMatchObject({ details: { code: "destroy-hangs", fixer: "operator", consequence: "timeout" } });
        ends.push(budget.leftMs());
      }
      expect(budget.signal.aborted).toBe(false);
      return ends;
    });
    expect(took).toEqual([5 * MINUTE, 2.5 * MINUTE]);
  });

  it("says for how long it was waited, and what may be raised", async () => {
    const { clock, within } = at();
    const reason = await within((budget) => withinPart(clock, budget, obedient));
    expect(reason).toMatchObject({
      details: {
        message: expect.stringContaining("within 5m 00s, half of what was left"),
        next: expect.stringContaining("safety.teardownBudget"),
      },
    });
  });

  it("that ends in time costs what it took, and passes on what it yields", async () => {
    const { clock, within } = at();
    const result = await within(async (budget) => {
      const yielded = await withinPart(clock, budget, async () => (await clock.sleep(MINUTE), "done"));
      return [yielded, budget.leftMs()];
    });
    expect(result).toEqual(["done", 9 * MINUTE]);
  });

  it("ends with the whole", async () => {
    const { clock, within } = at();
    const stop = new AbortController();
    void clock.sleep(MINUTE).then(() => stop.abort("Ctrl-C"));
    expect(await within((budget) => withinPart(clock, budget, obedient), stop.signal)).toBe("Ctrl-C");
  });

  it("may have many others beside it, without a warning", async () => {
    const { clock, within } = at();
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on("warning", hear);
    try {
      await within((budget) =>
        Promise.all(Array.from({ length: 30 }, () => withinPart(clock, budget, () => clock.sleep(1)))),
      );
      // Warnings are told on the next tick.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("warning", hear);
    }
    expect(warnings).toEqual([]);
  });
});
