import { hostname } from "node:os";
import { ulid } from "ulid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Search } from "../../../src/cli/cleanup/find-leftovers.ts";
import { judgeLeftovers } from "../../../src/cli/cleanup/judge-leftovers.ts";
import type { Leftover } from "../../../src/cli/cleanup/leftover.ts";
import { holdRun } from "../../../src/cli/runs/run-lock.ts";
import type { Call, Fault } from "../../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../../src/sandbox/service.ts";
import { isoInstant } from "../../../src/time/clock.ts";
import {
  DR,
  HOUR_MS,
  leftoverOf,
  MINUTE_MS,
  PRIMARY,
  startCleanupRig,
  tagging,
  type CleanupRig,
} from "./cleanup-rig.ts";

const DAY_MS = 24 * HOUR_MS;
let rig: CleanupRig;
let onCall: ((call: Call) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startCleanupRig({ interceptors: [(call) => onCall?.(call)] });
});
afterEach(() => {
  onCall = undefined;
});
afterAll(() => rig.close());

const runOf = (agoMs: number) => ulid(Math.floor(rig.clock.now()) - agoMs);
const inMs = (ms: number) => isoInstant(rig.clock.now() + ms);

async function judge(leftovers: readonly Leftover[], more: Partial<Search> = {}) {
  const judged = await judgeLeftovers(rig.search(more), leftovers);
  return judged.map(({ stays }) => stays);
}

describe("what a run has left of which nothing here tells whether it is over", () => {
  it.each([
    ["of which nothing tells", {}],
    ["that cannot be read", { deadline: "soon" }],
  ])("stays for a day where it has a deadline %s, and may go then", async (_what, more) => {
    const runId = runOf(DAY_MS - 2);
    const next = `gameday cleanup ${runId} --region ${DR} --yes`;
    const why = expect.stringMatching(/^its run began 1d 00h 00m 00s ago and may go on elsewhere; if not: /);
    const [stays] = await judge([leftoverOf(runId, more)]);
    expect(stays).toEqual({ why, remains: true });
    expect(stays?.why).toContain(`if not: ${next}`);
    expect(await judge([leftoverOf(runOf(DAY_MS + 2), more)])).toEqual([undefined]);
  });

  it("stays until the latest deadline on anything of it, and for as long as two clocks may be apart", async () => {
    const runId = runOf(3 * DAY_MS);
    const [late, early] = [inMs(2 - 10 * MINUTE_MS), inMs(-DAY_MS)];
    const leftovers = [
      leftoverOf(runId, { deadline: early }),
      leftoverOf(runId, { deadline: late }),
      leftoverOf(runId),
      // Another's says nothing of it.
      leftoverOf(runOf(2 * DAY_MS), { deadline: inMs(HOUR_MS) }),
    ];
    const stays = await judge(leftovers);
    expect(stays.map((stay) => stay?.remains)).toEqual([true, true, true, true]);
    expect(stays.slice(0, 3).map((stay) => stay?.why)).toEqual(
      Array(3).fill(expect.stringContaining(` until ${late}; if not`)),
    );
    rig.clock.advance(4);
    expect((await judge(leftovers)).map((stay) => stay?.remains)).toEqual([undefined, undefined, undefined, true]);
  });

  it("may go when the run is named, or its folder is here and nobody holds it", async () => {
    const runId = runOf(HOUR_MS);
    const leftovers = [leftoverOf(runId, { deadline: inMs(HOUR_MS) })];
    expect(await judge(leftovers, { named: new Set([runId]) })).toEqual([undefined]);
    const known = [await rig.known({ runId, made: [], process: { pid: 1, host: hostname() } })];
    expect(await judge(leftovers, { known })).toEqual([undefined]);
    const begunElsewhere = [await rig.known({ runId, made: [], process: { pid: 1, host: `not-${hostname()}` } })];
    expect(await judge(leftovers, { known: begunElsewhere })).toMatchObject([{ remains: true }]);
    const release = await rig.clock.during(() => holdRun(rig.io.cwd, runId));
    expect(await judge(leftovers, { known, named: new Set([runId]) })).toEqual([
      { why: `its run is going on: process ${process.pid} on ${hostname()}`, remains: false },
    ]);
    await rig.clock.during(release);
  });
});

it("a stack stays whose run no key of here has declared: Terraform would run what lies in its folder", async () => {
  const entry = { kind: "terraform.stack", id: "terraform/stack" };
  expect(await judge([leftoverOf(runOf(3 * DAY_MS), { entry })])).toMatchObject([{ remains: true }]);
});

describe("what a run keeps on purpose", () => {
  it("stays until then, and nobody has to care for it; who names the run means it", async () => {
    const runId = runOf(3 * DAY_MS);
    const leftovers = [leftoverOf(runId, { expires: inMs(2) })];
    expect(await judge(leftovers)).toEqual([
      { why: `kept on purpose; sooner: gameday cleanup ${runId} --yes`, remains: false },
    ]);
    expect(await judge(leftovers, { named: new Set([runId]) })).toEqual([undefined]);
    rig.clock.advance(4);
    expect(await judge(leftovers)).toEqual([undefined]);
    expect(await judge([leftoverOf(runId, { expires: "for ever" })])).toEqual([undefined]);
  });
});

describe("what is not certain to be a run's", () => {
  const uncertain = "may be another's";
  const judged = (entry: Partial<Leftover["entry"]>) =>
    judgeLeftovers(rig.search(), [leftoverOf(runOf(3 * DAY_MS), { entry: { uncertain, ...entry } })]);

  it("stays, and is listed no more when it is gone", async () => {
    const id = await rig.volume();
    expect(await judged({ id })).toMatchObject([{ stays: { why: uncertain, remains: true } }]);
    await rig.clock.during(() => rig.ec2.dr.deleteVolume({ VolumeId: id }));
    await rig.clock.sleep(HOUR_MS);
    expect(await judged({ id })).toEqual([]);
  });

  it("stays where nobody can look, and where nobody knows how", async () => {
    onCall = () => ({ kind: "error", error: new AwsError("UnauthorizedOperation", "no", 403) });
    expect(await judged({})).toMatchObject([{ stays: { why: uncertain } }]);
    expect(await judged({ kind: "a.kind-of-a-later-version" })).toMatchObject([{ stays: { why: uncertain } }]);
  });
});

describe("a copy of a snapshot", () => {
  let runId: string;
  let theirs: string;
  let copy: string;
  beforeEach(async () => {
    runId = runOf(3 * DAY_MS);
    const { primary, dr } = rig.ec2;
    theirs = await rig.clock.during(async () => {
      const { VolumeId } = await primary.createVolume({ AvailabilityZone: `${PRIMARY}a`, Size: 1 });
      rig.clock.advance(HOUR_MS);
      return (await primary.createSnapshot({ VolumeId: VolumeId! })).SnapshotId!;
    });
    await rig.clock.sleep(HOUR_MS);
    copy = await rig.clock.during(async () => {
      const Description = `[Copied ${theirs} from ${PRIMARY}]`;
      const tags = tagging("snapshot", { "gameday:run": runId });
      const asked = { SourceRegion: PRIMARY, SourceSnapshotId: theirs, Description, ...tags };
      return (await dr.copySnapshot(asked)).SnapshotId!;
    });
    await rig.clock.sleep(2 * HOUR_MS);
  });
  const copies = (entry: Partial<Leftover["entry"]> = {}) =>
    leftoverOf(runId, { entry: { kind: "ec2.snapshot", id: copy, ...entry } });

  it("that is the newest of a source that no run has made stays: later copies build on it", async () => {
    const why = expect.stringMatching(/^the newest copy of vol-[0-9a-f]+, which no run made/);
    expect(await judge([copies()])).toEqual([{ why, remains: true }]);
  });

  it("may go with its source, where a run has made that, though it may be gone by now", async () => {
    const source = copies({ region: PRIMARY, id: theirs });
    const [ofCopy] = await judge([copies(), source]);
    expect(ofCopy).toBeUndefined();
    const made = [
      { kind: "ec2.volume", id: "vol-1" },
      { kind: "ec2.snapshot", id: theirs },
    ];
    expect(await judge([copies()], { known: [await rig.known({ runId: runOf(DAY_MS), made })] })).toEqual([undefined]);
    const others = await rig.known({ runId: runOf(DAY_MS), made: made.slice(0, 1) });
    expect(await judge([copies()], { known: [others] })).toMatchObject([{ remains: true }]);
  });

  it("that a policy of the run has made may go: its source is the run's, too", async () => {
    const madeBy = { kind: "dlm.policy", region: PRIMARY, id: "policy-1" };
    expect(await judge([copies({ madeBy })])).toEqual([undefined]);
  });
});
