import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { realSleep } from "../../src/time/system-clock.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

const HOUR = 3_600_000;

describe("VirtualClock", () => {
  it("skips waits and wakes sleepers in the order they are due", async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const woken: string[] = [];
    const note = (name: string) => () => woken.push(`${name} at ${Math.round(clock.now() / HOUR)}h`);
    await Promise.all([
      clock.sleep(3 * HOUR).then(note("c")),
      clock.sleep(1 * HOUR).then(note("a")),
      clock.sleep(2 * HOUR).then(note("b")),
    ]);
    expect(woken).toEqual(["a at 1h", "b at 2h", "c at 3h"]);
  });

  it("does not jump while work with a real duration is going on", async () => {
    const clock = new VirtualClock({ startAt: 0 });
    let woke = false;
    const sleeping = clock.sleep(HOUR).then(() => (woke = true));
    await clock.during(async () => {
      await realSleep(40);
      expect(woke).toBe(false);
      expect(clock.now()).toBeLessThan(HOUR);
    });
    await sleeping;
    expect(clock.now()).toBeGreaterThanOrEqual(HOUR);
  });

  it("lets chains of promises and file reads reach their next wait before it jumps", async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const far = clock.sleep(100 * HOUR);
    const walk = (async () => {
      for (let i = 0; i < 5; i++) {
        await readFile(import.meta.filename);
        for (let turn = 0; turn < 50; turn++) await Promise.resolve();
        await clock.sleep(HOUR);
      }
      return clock.now();
    })();
    expect(Math.round((await walk) / HOUR)).toBe(5);
    await far;
  });

  it("ends a sleep with the signal's reason", async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const sleeping = clock.during(async () => {
      const sleep = clock.sleep(HOUR, stop.signal);
      stop.abort("enough");
      return sleep;
    });
    await expect(sleeping).rejects.toBe("enough");
    await expect(clock.sleep(1, stop.signal)).rejects.toBe("enough");
  });

  it("does not jump by itself when told not to, runs at the speed asked for, and can be advanced", async () => {
    const clock = new VirtualClock({ startAt: 0, jumps: false, speed: 1000 });
    const started = performance.now();
    await clock.sleep(30_000);
    expect(performance.now() - started).toBeGreaterThanOrEqual(25);
    const sleeping = clock.sleep(10 * HOUR);
    clock.advance(10 * HOUR);
    await sleeping;
    expect(clock.now()).toBeGreaterThanOrEqual(10 * HOUR);
  });
});

it("leaves nothing behind that would keep the process alive once its sleeps were aborted", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
  const before = timers();
  const clock = new VirtualClock();
  const stop = new AbortController();
  const sleeping = clock.during(() => {
    const sleep = clock.sleep(HOUR, stop.signal);
    stop.abort("enough");
    return sleep;
  });
  await expect(sleeping).rejects.toBe("enough");
  expect(timers()).toBe(before);
});
