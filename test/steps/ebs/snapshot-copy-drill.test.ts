import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DR, PRIMARY, startRehearsal, type RehearsedRun, type Rehearsal } from "../rehearsal.ts";
import { outputsOf, PREPARE, RECOVER, VERIFY } from "./snapshot-copy-steps.ts";

let rehearsal: Rehearsal;
let run: RehearsedRun;

beforeAll(async () => {
  rehearsal = await startRehearsal();
  run = await rehearsal.run({ prepare: PREPARE, recover: RECOVER, verify: VERIFY });
});
afterAll(() => rehearsal.close());

describe("a drill of snapshot, copy, restore, attach and two proofs", () => {
  it("passes", () => {
    expect(run.record.steps.map(({ step, outcome, failure }) => [step, outcome, failure])).toEqual(
      [...PREPARE, ...RECOVER, ...VERIFY].map(({ id }) => [id, "passed", undefined]),
    );
    expect(run.exitCode).toBe(0);
  });

  it("leaves nothing behind but the protected instance", async () => {
    const left = (await rehearsal.sandbox.inventory()).filter(({ type }) =>
      ["ec2.volume", "ec2.instance", "ec2.snapshot"].includes(type),
    );
    expect(left.filter(({ region }) => region === DR)).toEqual([]);
    expect(left.filter(({ region, type }) => region === PRIMARY && type === "ec2.snapshot")).toEqual([]);
    expect(run.record.ledger.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      "ec2.snapshot deleted",
      "ec2.snapshot deleted",
      "ec2.volume deleted",
      "ec2.instance deleted",
      "ec2.attachment deleted",
    ]);
  });

  it("measures the recovery point from the marker and from the source's StartTime, not from the copy's", () => {
    const [marker, snapshot, copy] = ["marker", "snapshot", "copy"].map((id) => outputsOf(run, id));
    expect(run.record.recoveryPoint).toMatchObject({
      basis: "drill-triggered",
      recoveryPointId: copy!["snapshotId"],
      sourceId: snapshot!["snapshotId"],
      sourceStartTime: snapshot!["startTime"],
      copyStartTime: copy!["startTime"],
      markerWrittenAt: marker!["writtenAt"],
      markerFoundAt: marker!["writtenAt"],
    });
    expect(Date.parse(String(copy!["startTime"]))).toBeGreaterThan(Date.parse(String(snapshot!["startTime"])));
  });

  it("proves the files on a host and the blocks without one", () => {
    expect(run.record.checks).toMatchObject([
      { check: "file-manifest", passed: true, counts: { files: 34 } },
      { check: "snapshot-blocks", passed: true, counts: { differing: 0 } },
    ]);
    const manifest = outputsOf(run, "marker")["manifest"] as { root: string };
    expect(run.record.checks[0]).toMatchObject({ expected: manifest.root, actual: manifest.root });
  });

  it("keeps the manifest's lines in the run's folder", async () => {
    const { lines } = outputsOf(run, "marker")["manifest"] as { lines: string };
    const text = await readFile(join(run.folder, lines), "utf8");
    expect(text.trim().split("\n")).toHaveLength(34);
    expect(text).toMatch(/^[0-9a-f]{64} {2}\.\/\.gameday\/marker\.json$/m);
  });

  it("agrees with the sandbox's own log on when the volume was there", async () => {
    const volumeId = String(outputsOf(run, "volume")["volumeId"]);
    const truth = rehearsal.sandbox.world.log.find((entry) => entry.id === volumeId && entry.state === "available")!;
    const seen = Date.parse(String(outputsOf(run, "volume")["availableAt"]));
    expect(seen - truth.at).toBeGreaterThanOrEqual(0);
    expect(seen - truth.at).toBeLessThan(1_500);
  });

  it("calls the primary Region no more once it is lost, except to compare with it", () => {
    const disaster = run.record.disasterAt!.mono;
    const calls = run.record.calls.filter(({ at, region }) => at.mono > disaster && region === PRIMARY);
    const late = calls.filter(({ instance }) => instance !== undefined && instance !== "blocks");
    expect(late).toEqual([]);
  });

  it("journals each call with its request id", () => {
    expect(run.record.calls.length).toBeGreaterThan(50);
    for (const call of run.record.calls.filter(({ service }) => service !== "ebs")) {
      expect(call).toMatchObject({ status: expect.any(Number), requestId: expect.any(String), attempts: 1 });
    }
  });
});
