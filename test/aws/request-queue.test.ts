import { describe, expect, it } from "vitest";
import { RequestQueue } from "../../src/aws/request-queue.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

/** A queue whose bucket holds three tokens and gets two a second; each request is answered at once. */
function queueOf() {
  const clock = new VirtualClock({ speed: 0 });
  const queue = new RequestQueue(clock, { capacity: 3, refillPerSecond: 2 });
  const passed: { name: string; atMs: number }[] = [];
  const began = clock.monotonic();
  const send = async (name: string, { urgent = false, signal }: { urgent?: boolean; signal?: AbortSignal } = {}) => {
    const answered = await queue.pass({ urgent, signal });
    passed.push({ name, atMs: clock.monotonic() - began });
    answered();
  };
  return { clock, queue, passed, send, names: () => passed.map(({ name }) => name) };
}

describe("a queue of requests", () => {
  it("lets as many through at once as the bucket holds, and the others at its rate, in order", async () => {
    const { passed, send, names } = queueOf();
    await Promise.all([..."abcdef"].map((name) => send(name)));
    expect(names().join("")).toBe("abcdef");
    expect(passed[2]!.atMs).toBeLessThan(400);
    for (const [index, due] of [500, 1_000, 1_500].entries()) {
      expect(passed[index + 3]!.atMs).toBeGreaterThanOrEqual(due - 1);
    }
  });

  it("lets a poll go before requests that have waited longer", async () => {
    const { send, names } = queueOf();
    const requests = [..."abcdef"].map((name) => send(name));
    await Promise.all([...requests, send("poll", { urgent: true })]);
    expect(names().slice(0, 4)).toEqual(["a", "b", "c", "poll"]);
  });

  it("gives the turn of an aborted request to the next, and rejects at once with the signal's reason", async () => {
    const { clock, passed, send, names } = queueOf();
    const stop = new AbortController();
    const free = [..."abc"].map((name) => send(name));
    const stopped = Array.from({ length: 10 }, () =>
      send("stopped", { signal: stop.signal }).catch((error: unknown) => error),
    );
    const began = clock.monotonic();
    await clock.during(async () => stop.abort(new Error("stop")));
    expect((await Promise.all(stopped)).every((reason) => reason === stop.signal.reason)).toBe(true);
    await Promise.all([...free, send("teardown")]);
    expect(names()).toEqual(["a", "b", "c", "teardown"]);
    expect(passed.at(-1)!.atMs - began).toBeLessThan(1_000);
    await expect(send("late", { signal: stop.signal })).rejects.toThrow("stop");
  });

  it("goes on with an answer when all of the bucket is under way", async () => {
    const { clock, queue, send, names } = queueOf();
    const underWay = await Promise.all([1, 2, 3].map(() => queue.pass({ urgent: false })));
    const waiting = send("fourth");
    await clock.sleep(60_000);
    expect(names()).toEqual([]);
    underWay[0]!();
    await waiting;
    expect(names()).toEqual(["fourth"]);
  });
});
