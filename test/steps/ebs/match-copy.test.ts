import type { Snapshot } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { carriedTags, copySearches, matchCopy, rivalsOf, type CopySource } from "../../../src/steps/ebs/match-copy.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));
const tagged = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const source: CopySource = {
  snapshot: { SnapshotId: "snap-0000000000000000a", VolumeId: "vol-a", VolumeSize: 8, StartTime: at(1) },
  tags: { SnapshotCreator: "DLM" },
};
const copy = (id: string, more: Partial<Snapshot> = {}): Snapshot => ({
  SnapshotId: id,
  VolumeId: "vol-ffffffff",
  VolumeSize: 8,
  StartTime: at(2),
  Tags: tagged({ SnapshotCreator: "DLM" }),
  ...more,
});

describe("the copy of a snapshot", () => {
  it("is the one whose description names it, whatever else looks alike", () => {
    const named = copy("snap-1", { Description: "[Copied snap-0000000000000000a from us-east-1] daily", Tags: [] });
    expect(matchCopy(source, [copy("snap-2"), named])).toMatchObject({ found: named, by: "description" });
  });

  it("else the only one with the tags that were carried over", () => {
    const right = copy("snap-1");
    const others = [copy("snap-2", { Tags: tagged({ SnapshotCreator: "me" }) }), copy("snap-3", { VolumeSize: 9 })];
    expect(matchCopy(source, [...others, right])).toMatchObject({ found: right, by: "tags" });
  });

  it("is never the newest of several that look alike", () => {
    const two = [copy("snap-1"), copy("snap-2", { StartTime: at(3) })];
    expect(matchCopy(source, two)).toMatchObject({ ambiguous: two });
  });

  it("did not begin before its source", () => {
    expect(matchCopy(source, [copy("snap-1", { StartTime: at(0) })])).toEqual({ none: true });
  });

  it("is not one whose description names another source", () => {
    const other = copy("snap-1", { Description: "[Copied snap-0000000000000000b from us-east-1]" });
    expect(matchCopy(source, [other])).toEqual({ none: true });
  });

  it("is not found by tags when there are none to go by", () => {
    expect(matchCopy({ ...source, tags: {} }, [copy("snap-1", { Tags: [] })])).toEqual({ none: true });
    expect(copySearches({ ...source, tags: {} })).toHaveLength(1);
  });
});

it("only tags that a user can set are known to be carried over", () => {
  const Tags = tagged({ "aws:dlm:lifecycle-policy-id": "policy-1", "dlm:managed": "true", Name: "app" });
  expect(carriedTags({ Tags })).toEqual({ Name: "app" });
});

it("rivals are other volumes' snapshots of the same looks and time", () => {
  const rival: Snapshot = {
    SnapshotId: "snap-b",
    VolumeId: "vol-b",
    VolumeSize: 8,
    StartTime: at(1),
    Tags: copy("x").Tags!,
  };
  const harmless = [
    { ...rival, VolumeId: "vol-a" },
    { ...rival, VolumeSize: 9 },
    { ...rival, Tags: [] },
    { ...rival, StartTime: new Date(at(1).getTime() - 25 * 3_600_000) },
  ];
  expect(rivalsOf(source, [rival, ...harmless])).toEqual([rival]);
});
