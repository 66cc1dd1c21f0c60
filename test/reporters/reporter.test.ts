import { PassThrough, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { readLine } from "../../src/engine/journal-line.ts";
import { jsonlReporter } from "../../src/reporters/jsonl.ts";
import { plainReporter } from "../../src/reporters/plain.ts";
import { reporterHub, type Reporter, type ReporterCrash } from "../../src/reporters/reporter.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { LiveRun } from "../../src/reporters/terminal/live-run.ts";
import { phase, started, step } from "../evidence/events.ts";
import { hostileRun, STEERING } from "../evidence/hostile.ts";
import { journaled, recordOf, type Timed } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import { abortedWithLeftovers, passedRehearsal } from "../evidence/runs.ts";

describe("hub", () => {
  const events = journaled(passedRehearsal());
  const record = recordOf(passedRehearsal());

  it("tells every reporter every event, and lets one finish after the other", async () => {
    const heard: string[] = [];
    const listener = (name: string): Reporter => ({
      name,
      onEvent: ({ seq }) => void heard.push(`${name}${seq}`),
      finish: async () => {
        await Promise.resolve();
        heard.push(`${name} done`);
      },
    });
    const hub = reporterHub([listener("a"), listener("b")], () => undefined);
    for (const event of events.slice(0, 2)) hub.onEvent(event);
    await hub.finish(record);
    expect(heard).toEqual(["a0", "b0", "a1", "b1", "a done", "b done"]);
  });

  it("reports a crash once, spares the crashed one further events, and still lets it finish", async () => {
    const crashes: ReporterCrash[] = [];
    let calls = 0;
    let finished = false;
    const bad: Reporter = {
      name: "bad",
      onEvent: () => {
        calls++;
        throw new Error("broken");
      },
      finish: async () => {
        finished = true;
        throw new Error("broken again");
      },
    };
    let heard = 0;
    const good: Reporter = { name: "good", onEvent: () => void heard++ };
    const hub = reporterHub([bad, good], (crash) => crashes.push(crash));
    for (const event of events) hub.onEvent(event);
    await hub.finish(record);
    expect(crashes).toEqual([{ reporter: "bad", error: new Error("broken") }]);
    expect({ calls, finished, heard }).toEqual({ calls: 1, finished: true, heard: events.length });
  });
});

describe("JSON Lines", () => {
  it("are the journal's own lines and nothing else", async () => {
    const events = journaled(hostileRun());
    const written = await reportOf(jsonlReporter, hostileRun());
    expect(written.trimEnd().split("\n").map(readLine)).toEqual(events);
    expect(written.endsWith("}\n")).toBe(true);
  });

  it("stop without a sound when the reader goes away", async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const reporter = jsonlReporter(stream);
    for (const event of journaled(passedRehearsal())) reporter.onEvent?.(event);
    await reporter.finish?.(recordOf(passedRehearsal()));
    expect(stream.destroyed).toBe(true);
  });
});

describe("plain lines", () => {
  it("tell a passed rehearsal", async () => {
    expect(await reportOf(plainReporter, passedRehearsal())).toMatchInlineSnapshot(`
      "2026-11-20 10:00:00Z run 01JD3Q4Z6V8W0X2Y4Z6A8B0C2D of drill ebs-snapshot-copy, SIMULATED
      2026-11-20 10:00:00Z account 111122223333 as arn:aws:sts::111122223333:assumed-role/GameDay/gameday-01JD3Q4Z
      2026-11-20 10:00:01Z prepare started
      2026-11-20 10:00:01Z prepare marker (ebs.write-marker) started
      2026-11-20 10:00:09Z prepare marker passed in 8.0s
      2026-11-20 10:00:09Z prepare copy (ebs.wait-for-dr-copy) started
      2026-11-20 10:45:00Z prepare copy passed in 44m 51s
      2026-11-20 10:45:00Z prepare passed in 44m 59s (2 steps)
      2026-11-20 10:45:00Z recover started
      2026-11-20 10:45:00Z disaster declared · RTO clock 0.0s of 1h
      2026-11-20 10:45:00Z recover volume (ebs.restore-volume) started
      2026-11-20 10:45:20Z recover volume passed in 20s (target 5m) · RTO clock 20s of 1h
      2026-11-20 10:45:20Z recover attach (ebs.attach-volume) started
      2026-11-20 10:47:40Z attach waited 1m 00s for people: Confirm the host
      2026-11-20 10:48:20Z recover attach passed in 3m 00s · RTO clock 3m 20s of 1h
      2026-11-20 10:48:20Z recover passed in 3m 20s (2 steps) · RTO clock 3m 20s of 1h
      2026-11-20 10:48:20Z verify started
      2026-11-20 10:48:20Z verify checksum (ebs.verify-checksum) started
      2026-11-20 10:48:40Z checksum: hashing /dev/nvme1n1
      2026-11-20 10:51:12Z verify checksum passed in 2m 52s · RTO clock 6m 12s of 1h
      2026-11-20 10:51:12Z verify passed in 2m 52s (1 step) · RTO clock 6m 12s of 1h
      2026-11-20 10:51:12Z teardown started
      2026-11-20 10:51:15Z destroyed ec2.attachment vol-0feedface00000001
      2026-11-20 10:51:19Z destroyed ec2.volume vol-0feedface00000001
      2026-11-20 10:51:23Z destroyed ec2.snapshot snap-0d0d0d0d000000002
      2026-11-20 10:51:42Z teardown passed in 30s (3 resources destroyed)
      "
    `);
  });

  it("count steps, not attempts, and give a step the report's time", async () => {
    const attempt = (number: number, from: number, failed: boolean) =>
      step({ id: "checksum", phase: "verify", uses: "x", from, to: from + 1, attempt: number }, [], {
        outcome: failed ? "failed" : "passed",
        willRetry: failed,
      });
    const events = [
      started(),
      ...phase("verify", 10, 40, [...attempt(1, 10, true), ...attempt(2, 20, true), ...attempt(3, 30, false)]),
    ];
    const written = await reportOf(plainReporter, events);
    expect(written).toContain("verify checksum passed in 21s");
    expect(written).toContain("verify passed in 30s (1 step)");
    expect(resultOf(recordOf(events)).steps[0]).toMatchObject({ durationMs: 21_000, attempts: 3 });
    const live = new LiveRun();
    for (const event of journaled(events)) live.onEvent(event);
    expect(live.views.get("verify")?.recent).toMatchObject([{ durationMs: 21_000 }]);
  });

  it("tell an abort with leftovers", async () => {
    const lines = (await reportOf(plainReporter, abortedWithLeftovers())).split("\n");
    expect(lines.slice(-12).join("\n")).toMatchInlineSnapshot(`
      "    aborted: step volume was stopped (SIGINT)
      2026-11-20 10:45:41Z recover attach skipped: a step before it did not pass · RTO clock 41s of 1h
      2026-11-20 10:45:41Z recover aborted in 41s (2 steps, 1 not passed) · RTO clock 41s of 1h
      2026-11-20 10:45:41Z verify started
      2026-11-20 10:45:41Z verify checksum skipped: a step before it did not pass · RTO clock 41s of 1h
      2026-11-20 10:45:41Z verify skipped in 0.0s (1 step) · RTO clock 41s of 1h
      2026-11-20 10:45:42Z teardown started
      2026-11-20 10:46:30Z could not destroy ec2.volume vol-0feedface00000001
          still-there: ec2:DeleteVolume was denied (UnauthorizedOperation)
      2026-11-20 10:46:33Z destroyed ec2.snapshot snap-0d0d0d0d000000002
      2026-11-20 10:46:35Z teardown failed in 53s (1 resource destroyed)
      "
    `);
  });

  it("are bounded for ten thousand steps, and leave out no failure", async () => {
    const written = await reportOf(plainReporter, manySteps(10_000));
    expect(written.split("\n").length).toBeLessThan(260);
    expect(written.match(/is in error/g)?.length).toBe(10);
    expect(written).toContain("10,000 steps, 10 not passed");
  });

  it("write a long wait's progress ever more rarely", async () => {
    const [first, ...rest] = passedRehearsal();
    const begin = rest.findIndex((event) => event.type === "step-started" && event.step === "copy");
    const progress = Array.from({ length: 97_200 / 15 }, (_, n): Timed => {
      return { t: 10 + n * 15, type: "step-progress", instance: "copy", message: `poll ${n}` };
    });
    const written = await reportOf(plainReporter, [first!, ...rest.slice(0, begin + 1), ...progress]);
    const polls = written.match(/poll \d+/g) ?? [];
    expect(polls.slice(0, 3)).toEqual(["poll 0", "poll 4", "poll 12"]);
    expect(polls.length).toBeLessThan(40);
  });

  it("write nothing that could steer a terminal", async () => {
    const written = await reportOf(plainReporter, hostileRun());
    expect(written).not.toMatch(STEERING);
  });
});

async function reportOf(
  reporterTo: (stream: NodeJS.WritableStream) => Reporter,
  events: readonly Timed[],
): Promise<string> {
  const stream = new PassThrough();
  const written = text(stream);
  const reporter = reporterTo(stream);
  for (const event of journaled(events)) reporter.onEvent?.(event);
  await reporter.finish?.(recordOf(events));
  stream.end();
  return written;
}
