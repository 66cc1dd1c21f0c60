import { Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { frameOf, type PhaseFrame } from "../../src/reporters/terminal/frame.ts";
import { LiveRun } from "../../src/reporters/terminal/live-run.ts";
import { PLAIN_LOOK } from "../../src/reporters/terminal/look.ts";
import { terminalReporter } from "../../src/reporters/terminal/terminal.ts";
import { systemClock } from "../../src/time/system-clock.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { hostileRun, STEERING } from "../evidence/hostile.ts";
import { journaled, recordOf, type Timed } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import { abortedWithLeftovers, passedRehearsal } from "../evidence/runs.ts";

const SHOW_CURSOR = "\u001b[?25h";
const HIDE_CURSOR = "\u001b[?25l";

describe("frame", () => {
  it("shows phases, the running step against its target, and the RTO clock", () => {
    expect(screen(framesAt(passedRehearsal(), 2_710))).toMatchInlineSnapshot(`
      "prepare  44m 59s
        + marker  8.0s
        + copy  44m 51s
      recover  10s · RTO clock 10s of 1h
        > volume  10s of 5m
        . attach
      verify  1 step
      teardown"
    `);
  });

  it("shows a long wait's last progress", () => {
    const events: Timed[] = [
      ...passedRehearsal().filter(({ t }) => t < 100),
      { t: 100, type: "step-progress", instance: "copy", message: "snap-1 is pending", fraction: 0.34 },
    ];
    expect(screen(framesAt(events, 130))).toMatchInlineSnapshot(`
      "prepare  2m 09s
        + marker  8.0s
        > copy  2m 01s · snap-1 is pending 34 %
      recover  2 steps
      verify  1 step
      teardown"
    `);
  });

  it("says that it is stopping, and what could not be destroyed", () => {
    expect(screen(framesAt(abortedWithLeftovers(), 2_740.5))).toContain("stopping (SIGINT)");
    expect(screen(framesAt(abortedWithLeftovers(), 3_000))).toMatchInlineSnapshot(`
      "prepare  44m 59s
        + marker  8.0s
        + copy  44m 51s
      recover  aborted after 41s
        - volume  aborted: step volume was stopped (SIGINT)
        - attach  skipped: a step before it did not pass
      verify  skipped
        - checksum  skipped: a step before it did not pass
      teardown  failed after 53s · 1 failed
        x destroy ec2.volume vol-0feedface00000001  failed: ec2:DeleteVolume was denied (UnauthorizedOperation)
        + destroy ec2.snapshot snap-0d0d0d0d000000002  2.0s"
    `);
  });

  it("never has more rows than the screen, however many steps there are, nor forgets the failed ones", () => {
    const events = manySteps(10_000);
    const half = events.findIndex((event) => event.type === "step-finished" && event.instance === "restore[5000]");
    for (const rows of [9, 14, 24, 60]) {
      const frames = framesAt(events.slice(0, half), Infinity, rows);
      expect(frames.flatMap(({ lines }) => lines).length + frames.length).toBeLessThanOrEqual(rows);
    }
    expect(screen(framesAt(events.slice(0, half), Infinity, 24))).toContain(
      "restore[4984]  failed: vol-4984 is in error",
    );
  });

  it("shows nothing that could steer a terminal", () => {
    expect(screen(framesAt(hostileRun(), 29))).not.toMatch(STEERING);
  });
});

describe("live display", () => {
  it("paints while the run goes on, takes it away, leaves the final state, and gives the cursor back", async () => {
    const stream = fakeTerminal();
    const reporter = terminalReporter({ stream, clock: systemClock });
    const events = journaled(passedRehearsal());
    for (const event of events.slice(0, -12)) reporter.onEvent?.(event);
    await until(() => stream.written().includes("RTO clock"));
    expect(stream.written()).toContain(HIDE_CURSOR);
    for (const event of events.slice(-12)) reporter.onEvent?.(event);
    await reporter.finish?.(recordOf(passedRehearsal()));
    expect(stream.written().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stream.written().lastIndexOf(HIDE_CURSOR));
    const last = withoutColours(stream.written().slice(stream.written().lastIndexOf(SHOW_CURSOR) + SHOW_CURSOR.length));
    expect(last).toContain("verify  2m 52s · RTO clock 6m 12s of 1h");
    expect(last).toContain("destroy ec2.volume vol-0feedface00000001");
  });

  it("gives the terminal away while a person is asked", async () => {
    const stream = fakeTerminal();
    const reporter = terminalReporter({ stream, clock: systemClock });
    for (const event of journaled(passedRehearsal()).slice(0, 5)) reporter.onEvent?.(event);
    await until(() => stream.written().includes(HIDE_CURSOR));
    const answer = await reporter.suspend(async () => {
      expect(stream.written().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stream.written().lastIndexOf(HIDE_CURSOR));
      stream.write("Continue? ");
      expect(stream.written().endsWith("Continue? ")).toBe(true);
      return "yes";
    });
    expect(answer).toBe("yes");
    const hidden = stream.written().length;
    await until(() => stream.written().slice(hidden).includes("prepare"));
    await reporter.finish?.(recordOf(passedRehearsal()));
  });

  it("can be left at once, and what is written then is seen", async () => {
    const stream = fakeTerminal();
    const reporter = terminalReporter({ stream, clock: systemClock });
    for (const event of journaled(passedRehearsal()).slice(0, 5)) reporter.onEvent?.(event);
    await until(() => stream.written().includes("prepare"));
    reporter.leave();
    stream.write("left at once\n");
    expect(stream.written().endsWith("left at once\n")).toBe(true);
    expect(stream.written().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stream.written().lastIndexOf(HIDE_CURSOR));
  });

  it("does not keep a virtual clock from jumping", async () => {
    const clock = new VirtualClock({ speed: 0 });
    const stream = fakeTerminal();
    const reporter = terminalReporter({ stream, clock });
    for (const event of journaled(passedRehearsal()).slice(0, 5)) reporter.onEvent?.(event);
    await until(() => stream.written().includes("prepare"));
    await clock.sleep(48 * 3_600_000);
    await until(() => stream.written().includes("2d 00h"));
    await reporter.finish?.(recordOf(passedRehearsal()));
  });

  it("paints little of ten thousand steps that come at once", async () => {
    const stream = fakeTerminal();
    const reporter = terminalReporter({ stream, clock: systemClock });
    const events = manySteps(10_000);
    for (const [index, event] of journaled(events).entries()) {
      reporter.onEvent?.(event);
      if (index % 500 === 0) await pause(1);
    }
    await reporter.finish?.(recordOf(events));
    expect(stream.written().length).toBeLessThan(1_000_000);
  });

  it("is plain lines where there is no terminal", async () => {
    const stream = fakeTerminal();
    const reporter = terminalReporter({ stream: Object.assign(stream, { isTTY: false }), clock: systemClock });
    for (const event of journaled(passedRehearsal())) reporter.onEvent?.(event);
    await reporter.finish?.(recordOf(passedRehearsal()));
    expect(stream.written()).toContain("verify passed in 2m 52s (1 step) · RTO clock 6m 12s of 1h\n");
    expect(stream.written()).not.toContain("\u001b");
  });
});

function framesAt(events: readonly Timed[], seconds: number, rows = 40): readonly PhaseFrame[] {
  const run = new LiveRun();
  const past = events.filter(({ t }) => t <= seconds);
  for (const event of journaled(past)) run.onEvent(event);
  const mono = Math.min(seconds, past.at(-1)?.t ?? 0) * 1000;
  return frameOf(run, { look: PLAIN_LOOK, rows, mono: Number.isFinite(seconds) ? seconds * 1000 : mono });
}

function screen(frames: readonly PhaseFrame[]): string {
  return frames.flatMap(({ heading, lines }) => [heading, ...lines.map((line) => `  ${line}`)]).join("\n");
}

function fakeTerminal() {
  let all = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      all += String(chunk);
      done();
    },
  });
  return Object.assign(stream, { isTTY: true, rows: 30, columns: 100, written: () => all });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await pause(10);
  expect(condition()).toBe(true);
}

function withoutColours(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours are what is to be removed
  return text.replace(/\u001b\[\d+m/g, "");
}
