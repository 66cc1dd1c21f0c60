import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { EC2 } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockManifestOfFile } from "../../../src/checksums/file-blocks.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { DR, PRIMARY, startRehearsal, step, type Rehearsal } from "../rehearsal.ts";
import { ATTACH, BLOCKS, CHECKSUM, COPY, HOST, outputsOf, stepOf, VOLUME } from "./snapshot-copy-steps.ts";

const BLOCK = 524_288;
const WRITTEN = [0, 3, 70, 2047];

let rehearsal: Rehearsal;
let volumeId: string;
beforeAll(async () => {
  rehearsal = await startRehearsal();
  volumeId = await volumeWithData();
});
afterAll(() => rehearsal.close());

/** A volume of 1 GiB without a file system: four written blocks, and one written with zeros. */
async function volumeWithData(): Promise<string> {
  const ec2 = new EC2(clientSettings(rehearsal.sandbox, PRIMARY));
  const { VolumeId = "" } = await ec2.createVolume({ AvailabilityZone: "us-east-1a", Size: 1, VolumeType: "gp3" });
  await rehearsal.clock.sleep(60_000);
  await ec2.describeVolumes({ VolumeIds: [VolumeId] });
  ec2.destroy();
  const file = await open(diskOf(VolumeId), "r+");
  for (const index of WRITTEN) await file.write(randomBytes(BLOCK), 0, BLOCK, index * BLOCK);
  await file.write(Buffer.alloc(BLOCK), 0, BLOCK, 9 * BLOCK);
  await file.close();
  return VolumeId;
}

const diskOf = (id: string) => rehearsal.sandbox.services.ec2.region(PRIMARY).volumes.get(id).disk!.path;

const prepare = () => [
  step("snapshot", "ebs.create-snapshot", { volumeId }),
  step("hash", "ebs.hash-snapshot", { snapshotId: "${{ steps.snapshot.snapshotId }}", region: PRIMARY }),
  COPY,
];
const onDevice = (expected: string) => ({
  ...CHECKSUM,
  with: { ...CHECKSUM.with, mode: "raw-device", expect: `\${{ ${expected} }}` },
});
const RECOVER = [VOLUME, HOST, ATTACH];

describe("a restored device", () => {
  it("has the root that the EBS direct APIs gave for its snapshot", async () => {
    const run = await rehearsal.run({
      prepare: prepare(),
      recover: RECOVER,
      verify: [BLOCKS, onDevice("steps.hash.manifest")],
    });
    const truth = await blockManifestOfFile(diskOf(volumeId));
    expect(run.record.checks).toMatchObject([
      { check: "snapshot-blocks", passed: true },
      { check: "raw-device", passed: true, algorithm: "sha256-blocks", actual: truth.root, counts: { blocks: 4 } },
    ]);
    const known = { algorithm: "sha256-blocks", root: truth.root, bytes: 2 ** 30, blocks: WRITTEN.length };
    expect(outputsOf(run, "hash")).toMatchObject({ manifest: known, sizeGiB: 1 });
    expect(outputsOf(run, "blocks")).toMatchObject({ manifest: known });
    expect(outputsOf(run, "checksum")).toMatchObject({ root: truth.root, blocks: WRITTEN.length });
    expect(run.exitCode).toBe(0);
  });

  it("that differs from it is found out, and the block is named", async () => {
    const run = await rehearsal.run(
      { prepare: prepare(), recover: RECOVER, verify: [onDevice("steps.hash.manifest")] },
      {
        onEvent: (event) => {
          if (event.type === "step-finished" && event.step === "copy") damageCopies();
        },
      },
    );
    expect(run.record.checks).toMatchObject([
      { check: "raw-device", passed: false, differences: ["block 70, at byte 36700160"], counts: { blocks: 4 } },
    ]);
    expect(run.exitCode).toBe(3);
  });

  /** Flips one byte of block 70. The clock stands still meanwhile, so nothing reads it before. */
  function damageCopies(): void {
    const { ec2 } = rehearsal.sandbox.services;
    for (const copy of ec2.region(DR).snapshots) {
      void rehearsal.clock.during(async () => {
        copy.blocks = await ec2.store.tampered(copy.blocks, 70 * BLOCK + 5);
      });
    }
  }
});

it("a device's manifest is not compared with files", async () => {
  const expected = { algorithm: "sha256-blocks", root: "0".repeat(64), bytes: 2 ** 30 };
  const { instanceId } = rehearsal.existing;
  const run = await rehearsal.run({
    verify: [step("checksum", CHECKSUM.uses, { volumeId, instanceId, expect: expected })],
  });
  expect(stepOf(run, "checksum").failure).toMatchObject({ code: "manifest-of-blocks", fixer: "drill author" });
});
