import { ulid } from "ulid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { removeLeftovers } from "../../../src/cli/cleanup/remove.ts";
import { Failure } from "../../../src/engine/failure.ts";
import type { Call, Fault } from "../../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../../src/sandbox/service.ts";
import { DR, HOUR_MS, leftoverOf, startCleanupRig, tagging, type CleanupRig } from "./cleanup-rig.ts";

const INTERRUPTED = new Failure({ code: "interrupted", message: "interrupted", fixer: "operator" });
let rig: CleanupRig;
let runId: string;
let onCall: ((call: Call) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startCleanupRig({ interceptors: [(call) => onCall?.(call)] });
});
beforeEach(() => {
  runId = ulid(Math.floor(rig.clock.now()) - 100 * HOUR_MS);
});
afterEach(() => {
  onCall = undefined;
});
afterAll(() => rig.close());

/** All that carries the run's tag. */
async function removeAll(more: { readonly stop?: AbortSignal } = {}) {
  const search = rig.search({ named: new Set([runId]) });
  const { leftovers, unseen } = await rig.look(search);
  expect(unseen).toEqual([]);
  const removals = await removeLeftovers({ ...search, ...more }, leftovers);
  return removals.map(({ leftover, failure }) => [leftover.entry.id, failure]);
}

const calledOf = (...operations: readonly string[]) =>
  rig.sandbox.world.log.flatMap(({ what, id }) => (what === "call" && operations.includes(id) ? [id] : []));

async function instanceWithVolume() {
  const { dr } = rig.ec2;
  const tags = { "gameday:run": runId };
  const volumeId = await rig.volume(tags);
  const instanceId = await rig.clock.during(async () => {
    const { Images = [] } = await dr.describeImages({ Owners: ["amazon"] });
    const { Instances = [] } = await dr.runInstances({
      ImageId: Images[0]!.ImageId!,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: `${DR}a` },
      ...tagging("instance", tags),
    });
    return Instances[0]!.InstanceId!;
  });
  await rig.clock.sleep(HOUR_MS);
  await rig.clock.during(() => dr.attachVolume({ InstanceId: instanceId, VolumeId: volumeId, Device: "/dev/sdf" }));
  await rig.clock.sleep(HOUR_MS);
  return { instanceId, volumeId };
}

describe("what only tags tell of", () => {
  it("goes in the order in which it hangs on each other: an instance before the volume that it holds", async () => {
    const { instanceId, volumeId } = await instanceWithVolume();
    const removed = await removeAll();
    expect(removed.map(([id]) => id)).toEqual([instanceId, volumeId]);
    expect(removed.map(([, failure]) => failure)).toEqual([undefined, undefined]);
    expect(calledOf("ec2:TerminateInstances", "ec2:DeleteVolume")).toEqual([
      "ec2:TerminateInstances",
      "ec2:DeleteVolume",
    ]);
    expect(await rig.there()).not.toContain(volumeId);
  });

  it("that does not go is told with AWS's reason, and keeps nothing else from going", async () => {
    const [first, second] = [await rig.volume({ "gameday:run": runId }), await rig.volume({ "gameday:run": runId })];
    onCall = ({ operation, input }) =>
      operation === "DeleteVolume" && input["VolumeId"] === first
        ? { kind: "error", error: new AwsError("UnauthorizedOperation", "You are not authorized.", 403) }
        : undefined;
    const removed = new Map((await removeAll()).map(([id, failure]) => [id, failure]));
    expect(removed.get(first)).toContain("UnauthorizedOperation");
    expect(removed.get(second)).toBeUndefined();
    const there = await rig.there();
    expect(there).toContain(first);
    expect(there).not.toContain(second);
  });

  it("of which nobody knows how to destroy it remains", async () => {
    const search = rig.search();
    const [removal] = await removeLeftovers(search, [leftoverOf(runId, { entry: { kind: "a.later-kind" } })]);
    expect(removal?.failure).toBe("nothing knows how to destroy a a.later-kind");
  });

  it("that stays is not touched, of a run that has nothing else and of one that has", async () => {
    const [stays, goes] = [await rig.volume({ "gameday:run": runId }), await rig.volume({ "gameday:run": runId })];
    const leftovers = [
      leftoverOf(runId, { entry: { id: stays }, stays: { why: "kept", remains: false } }),
      leftoverOf(runId, { entry: { id: goes } }),
    ];
    expect(await removeLeftovers(rig.search(), leftovers.slice(0, 1))).toEqual([]);
    const removals = await removeLeftovers(rig.search(), leftovers);
    expect(removals.map(({ leftover, failure }) => [leftover.entry.id, failure])).toEqual([[goes, undefined]]);
    const there = await rig.there();
    expect(there).toContain(stays);
    expect(there).not.toContain(goes);
  });

  it("is deleted no more after an interrupt", async () => {
    const id = await rig.volume({ "gameday:run": runId });
    expect(await removeAll({ stop: AbortSignal.abort(INTERRUPTED) })).toEqual([[id, "interrupted"]]);
    expect(await rig.there()).toContain(id);
  });

  it("of several runs is deleted run by run", async () => {
    const other = ulid(Math.floor(rig.clock.now()) - 99 * HOUR_MS);
    const ids = [await rig.volume({ "gameday:run": runId }), await rig.volume({ "gameday:run": other })];
    const leftovers = [leftoverOf(runId, { entry: { id: ids[0]! } }), leftoverOf(other, { entry: { id: ids[1]! } })];
    const removals = await removeLeftovers(rig.search(), leftovers);
    expect(removals.map(({ leftover, failure }) => [leftover.runId, failure])).toEqual([
      [runId, undefined],
      [other, undefined],
    ]);
  });
});
