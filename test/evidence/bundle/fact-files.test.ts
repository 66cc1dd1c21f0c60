import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { json, jsonLines, type BundleFile } from "../../../src/evidence/bundle/bundle-file.ts";
import { factFiles } from "../../../src/evidence/bundle/fact-files.ts";
import { planFiles } from "../../../src/evidence/bundle/plan-files.ts";
import { bundleReadme } from "../../../src/evidence/bundle/readme.ts";
import { failure, resource, started } from "../events.ts";
import { iso, recordOf, type Timed } from "../journaled.ts";
import { abortedWithLeftovers, failedVerification, passedRehearsal, refusedRun } from "../runs.ts";

function textOf(files: readonly BundleFile[], path: string): string {
  const file = files.find((one) => one.path === path);
  if (!file || !("content" in file)) throw new Error(`there is no ${path}`);
  return file.content.toString();
}
const facts = (events: readonly Timed[], path: string) => JSON.parse(textOf(factFiles(recordOf(events)), path));
const linesOf = (events: readonly Timed[], path: string) =>
  textOf(factFiles(recordOf(events)), path)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const plan = (events: readonly Timed[], path: string) => textOf(planFiles(recordOf(events)), path);

describe("what happened on AWS", () => {
  it("is every call with its instant, every resource with its end", () => {
    const calls = linesOf(passedRehearsal(), "aws/calls.jsonl");
    expect(calls.map(({ operation }) => operation)).toEqual([
      "CreateSnapshot",
      "DescribeSnapshots",
      "DescribeSnapshots",
      "DescribeSnapshots",
      "CreateVolume",
    ]);
    expect(calls[0]).toMatchObject({ at: iso(2), service: "ec2", requestId: "req-2" });
    expect(calls[0]).not.toHaveProperty("type");
    expect(linesOf(abortedWithLeftovers(), "aws/resources.jsonl")).toMatchObject([
      { kind: "ec2.snapshot", state: "deleted" },
      { kind: "ec2.volume", state: "leaked" },
    ]);
  });

  it("is one line a recovery point, the markers in the first", () => {
    const marker = { markerWrittenAt: iso(5), markerFoundAt: iso(5) };
    expect(linesOf(passedRehearsal(), "aws/recovery-points.jsonl")).toMatchObject([
      { recoveryPointId: "snap-0d0d0d0d000000002", ...marker },
    ]);
    const two = passedRehearsal().flatMap((event): Timed[] =>
      event.type === "recovery-point" && event.recoveryPointId !== undefined
        ? [event, { ...event, instance: "other", recoveryPointId: "snap-0other", sourceId: "snap-0source" }]
        : [event],
    );
    expect(linesOf(two, "aws/recovery-points.jsonl")).toMatchObject([
      marker,
      { recoveryPointId: expect.stringContaining("snap-0") },
    ]);
  });
});

describe("teardown", () => {
  const teardown = (events: readonly Timed[]) => facts(events, "aws/teardown.json");

  it("counts what was made and is gone, and names what may remain", () => {
    expect(teardown(passedRehearsal())).toEqual({
      outcome: "passed",
      made: 3,
      confirmedGone: 3,
      kept: 0,
      mayRemain: [],
    });
    expect(teardown(abortedWithLeftovers())).toMatchObject({
      outcome: "failed",
      made: 2,
      confirmedGone: 1,
      mayRemain: [
        {
          kind: "ec2.volume",
          region: "us-west-2",
          id: "vol-0feedface00000001",
          token: "gameday-volume#1/0",
          reason: "ec2:DeleteVolume was denied (UnauthorizedOperation)",
        },
      ],
    });
    expect(teardown(refusedRun())).toMatchObject({ outcome: "not reached", made: 0 });
  });

  it("names by their token what no id is known of, and counts nothing that was only looked for", () => {
    const [intended] = resource(1, "lost#1/0", { kind: "ec2.volume", id: "vol-1", step: "volume" });
    const lost = [started(), intended] as Timed[];
    expect(teardown(lost)).toMatchObject({ made: 1, mayRemain: [{ id: null, token: "gameday-lost#1/0" }] });
    const neverMade: Timed = { t: 2, type: "resource-deleted", key: "lost#1/0", how: "never-created" };
    expect(teardown([...lost, neverMade])).toMatchObject({ made: 0, confirmedGone: 0, mayRemain: [] });
    const looked = lost.map((event) =>
      event.type === "resource-intended"
        ? { ...event, resource: { ...event.resource, standsFor: "what a policy makes" } }
        : event,
    );
    expect(teardown(looked)).toMatchObject({ made: 0 });
  });

  it("tells what was kept on purpose apart from what may remain", () => {
    const kept = passedRehearsal().flatMap((event): Timed[] => {
      if (!("key" in event) || event.key !== "copy#1/0" || event.type === "resource-created") return [event];
      return event.type === "resource-deleted"
        ? [{ t: event.t, type: "resource-kept", key: event.key, until: iso(90_000), tagged: true }]
        : [];
    });
    expect(teardown(kept)).toMatchObject({ made: 3, confirmedGone: 2, kept: 1, mayRemain: [] });
  });
});

it("what was compared is every check with its instant, and how many failed", () => {
  const failed = facts(failedVerification(), "data/diff.json");
  expect(failed).toMatchObject({ failed: 1, checks: [{ passed: false, at: iso(3_070), check: "file-manifest" }] });
  expect(failed.checks[0]).not.toHaveProperty("type");
  expect(facts(passedRehearsal(), "data/diff.json")).toMatchObject({ failed: 0, checks: [{ passed: true }] });
});

describe("what was planned", () => {
  it("is the drill's file as it was hashed, its mark of byte order too", () => {
    const text = "apiVersion: gameday/v1\n";
    const drillOf = (bytes: string) =>
      plan(
        [started({ drill: { name: "d", path: "/d.yaml", sha256: sha256(bytes), text } } as never)],
        "plan/drill.yaml",
      );
    expect(drillOf(text)).toBe(text);
    expect(drillOf(`\uFEFF${text}`)).toBe(`\uFEFF${text}`);
  });

  it("is every step's input when it began, and who was called", () => {
    const read = passedRehearsal().map((event) =>
      event.type === "step-started" && event.step === "checksum" ? { ...event, input: { volumeId: "vol-1" } } : event,
    );
    expect(JSON.parse(plan(read, "plan/drill.resolved.json"))).toMatchObject({
      drill: "ebs-snapshot-copy",
      account: "111122223333",
      objectives: { rtoMs: 3_600_000, rpoMs: 93_600_000 },
      inputs: { marker: { step: "marker", input: {} }, checksum: { step: "checksum", input: { volumeId: "vol-1" } } },
    });
    expect(JSON.parse(plan(refusedRun(), "plan/drill.resolved.json"))).toMatchObject({ account: null, inputs: {} });
  });

  it("is the versions that did it, and the hashes of the files it used, where there are any", () => {
    expect(JSON.parse(plan(passedRehearsal(), "plan/versions.json"))).toMatchObject({
      gameday: "0.1.0",
      tools: [{ tool: "terraform", version: "1.9.8", from: "/usr/bin/terraform" }, { tool: "hashicorp/aws" }],
    });
    const files = [{ path: "terraform/dlm.tf", sha256: "0".repeat(64) }];
    expect(JSON.parse(plan([started({ files })], "plan/files.json"))).toEqual({ files });
    expect(() => plan([started()], "plan/files.json")).toThrow();
  });
});

it("the README says what evidence it is, and how a signature of its key is checked", () => {
  const key = { keyId: "ab".repeat(32), publicKeyPem: "", custody: "file" };
  const rehearsal = bundleReadme(recordOf(passedRehearsal()), { ...key, algorithm: "Ed25519" });
  expect(rehearsal).toContain("evidence  SIMULATED: a rehearsal. It proves the drill, never that AWS");
  expect(rehearsal).toContain("openssl pkeyutl -verify -pubin -inkey keys/signer.pub.pem -rawin");
  const live = bundleReadme(recordOf([started({ mode: "live" })]), { ...key, algorithm: "ECDSA_P256_SHA256" });
  expect(live).toContain("evidence  live\n");
  expect(live).toContain("openssl dgst -sha256 -verify keys/signer.pub.pem");
});

it("JSON of a bundle steers no terminal, and reads back as it was", () => {
  const hostile = { note: "a\u009b31m\u202eb", failure: failure() };
  for (const text of [json(hostile), jsonLines([hostile])]) {
    expect(text).not.toMatch(/[\u009b\u202e]/);
    expect(JSON.parse(text)).toEqual(hostile);
  }
  expect(json({ a: 1 })).toBe('{\n  "a": 1\n}\n');
  expect(jsonLines([{ a: 1 }, []])).toBe('{"a":1}\n[]\n');
});
