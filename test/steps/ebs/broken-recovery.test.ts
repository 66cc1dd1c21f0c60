import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { KMS } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { DR, PRIMARY, startRehearsal, step, type Rehearsal, type RunMore } from "../rehearsal.ts";
import {
  ATTACH,
  BLOCKS,
  CHECKSUM,
  COPY,
  HOST,
  MARKER,
  PREPARE,
  RECOVER,
  SNAPSHOT,
  stepOf,
  VERIFY,
  VOLUME,
} from "./snapshot-copy-steps.ts";

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await startRehearsal();
});
afterAll(() => rehearsal.close());

/** Does something to the world as soon as a step has passed, before the next one begins. */
function after(id: string, breakIt: () => void): RunMore {
  return {
    onEvent: (event) => {
      if (event.type === "step-finished" && event.step === id && event.outcome === "passed") breakIt();
    },
  };
}

const FLIPPED_AT = 3 * 524_288 + 300_000;

/** Flips one byte of the only snapshot in the DR Region. The clock stands still meanwhile, so nothing reads it before. */
function damageCopy(): void {
  const { ec2 } = rehearsal.sandbox.services;
  const [copy] = [...ec2.region(DR).snapshots];
  void rehearsal.clock.during(async () => {
    copy!.blocks = await ec2.store.tampered(copy!.blocks, FLIPPED_AT);
  });
}

describe("a DR copy whose bytes differ", () => {
  it("fails verify-blocks, which names the block and its offset", async () => {
    const run = await rehearsal.run(
      { prepare: PREPARE, recover: [VOLUME], verify: [BLOCKS] },
      after("copy", damageCopy),
    );
    expect(stepOf(run, "blocks").failure).toMatchObject({ consequence: "verification" });
    expect(run.record.checks).toMatchObject([
      { passed: false, differences: ["block 3, at byte 1572864"], counts: { differing: 1 } },
    ]);
    expect(run.exitCode).toBe(3);
  });

  it("fails verify-checksum, which names the files", async () => {
    const run = await rehearsal.run(
      { prepare: PREPARE, recover: RECOVER, verify: [CHECKSUM] },
      after("copy", damageCopy),
    );
    const [check] = run.record.checks;
    expect(check).toMatchObject({ check: "file-manifest", passed: false });
    expect(check!.differences![0]).toMatch(/^differs: \.\/\w+\/[\w.-]+$/);
    expect(run.exitCode).toBe(3);
  });
});

it("a volume without a partition that the source had is no copy of it, although the files of another are the same", async () => {
  const root = "${{ steps.marker.manifest.root }}";
  const expected = { algorithm: "sha256", root, layout: "0:ext4 2:xfs" };
  const run = await rehearsal.run({
    prepare: PREPARE,
    recover: RECOVER,
    verify: [{ ...CHECKSUM, with: { ...CHECKSUM.with, expect: expected } }],
  });
  expect(run.record.checks).toMatchObject([
    {
      passed: false,
      summary: expect.stringMatching(/have the SHA-256 .*, and the rest of the device has not what was on it there/),
      differences: ["partition 2: xfs at the source, absent here"],
    },
  ]);
  expect(run.exitCode).toBe(3);
});

it("a volume from before the marker is the wrong one", async () => {
  const run = await rehearsal.run({
    prepare: [
      step("old", "ebs.create-snapshot", { volumeTag: { key: "Snapshot", value: "true" } }),
      step("copy", "ebs.copy-snapshot", { snapshotId: "${{ steps.old.snapshotId }}" }),
      MARKER,
    ],
    recover: RECOVER,
    verify: [CHECKSUM],
  });
  expect(stepOf(run, "checksum").failure?.message).toMatch(
    /differ from what was taken at the source; its marker is of another run/,
  );
  expect(run.exitCode).toBe(3);
});

it("the raw device is hashed as it is, before any mount", async () => {
  const bytes = 4 * 2 ** 20;
  const expected = { algorithm: "sha256", root: "0".repeat(64), bytes };
  const run = await rehearsal.run({
    prepare: PREPARE,
    recover: RECOVER,
    verify: [{ ...CHECKSUM, with: { ...CHECKSUM.with, mode: "raw-device", expect: expected } }],
  });
  const source = rehearsal.sandbox.services.ec2.region(PRIMARY).volumes.get(rehearsal.existing.volumeId);
  const bytesThere = await firstBytes(source.disk!.path, bytes);
  expect(run.record.checks).toMatchObject([
    { check: "raw-device", passed: false, actual: createHash("sha256").update(bytesThere).digest("hex") },
  ]);
  expect(run.record.recoveryPoint.markerFoundAt).toBe(stepOf(run, "marker").outputs["writtenAt"]);
});

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
  await file.close();
  return buffer;
}

describe("a KMS key", () => {
  it("that is disabled after the copy stops the restore before it begins, and says so", async () => {
    const key = await newKey();
    const run = await rehearsal.run(
      { prepare: [MARKER, SNAPSHOT, encrypted(key)], recover: [VOLUME] },
      after("copy", () => (keyOf(key).state = "Disabled")),
    );
    expect(stepOf(run, "volume").failure).toMatchObject({
      code: "kms-key-unusable",
      message: expect.stringContaining("is Disabled"),
    });
    expect(run.exitCode).toBe(5);
  });

  it("that becomes unusable while the volume is created lets it vanish", async () => {
    const key = await newKey();
    const run = await rehearsal.run(
      { prepare: [MARKER, SNAPSHOT, encrypted(key)], recover: [VOLUME] },
      {
        onEvent: (event) => {
          if (event.type === "resource-intended" && event.resource.kind === "ec2.volume") keyOf(key).state = "Disabled";
        },
      },
    );
    expect(stepOf(run, "volume").failure).toMatchObject({ code: "volume-vanished", fixer: "operator" });
  });

  it("that cannot be used fails the copy, with AWS's reason", async () => {
    const key = await newKey();
    keyOf(key).state = "Disabled";
    const run = await rehearsal.run({ prepare: [MARKER, SNAPSHOT, encrypted(key)] });
    expect(stepOf(run, "copy").failure).toMatchObject({
      code: "kms-key-unusable",
      message: expect.stringMatching(/^The copy snap-\w+ in us-west-2 has failed: Given key ID is not accessible/),
    });
  });

  const encrypted = (kmsKeyId: string) => ({ ...COPY, with: { ...COPY.with, kmsKeyId } });

  function keyOf(arn: string) {
    const found = rehearsal.sandbox.services.keys.find(DR, arn);
    if (!found) throw new Error(`no key ${arn}`);
    return found;
  }

  async function newKey(): Promise<string> {
    const kms = new KMS(clientSettings(rehearsal.sandbox, DR));
    const { KeyMetadata } = await kms.createKey({});
    kms.destroy();
    return KeyMetadata!.Arn!;
  }
});

it("a host in another zone than the volume is told before AWS tells", async () => {
  const run = await rehearsal.run({
    prepare: PREPARE,
    recover: [VOLUME, { ...HOST, with: { ...HOST.with, availabilityZone: "us-west-2a" } }, ATTACH],
  });
  expect(stepOf(run, "attach").failure).toMatchObject({
    code: "zone-mismatch",
    message: expect.stringMatching(/is in us-west-2b but i-\w+ is in us-west-2a/),
  });
});

it("a step that recovers from the primary Region is refused, and that is a finding", async () => {
  const run = await rehearsal.run({
    prepare: [MARKER, SNAPSHOT],
    recover: [
      {
        ...step("volume", "ebs.create-snapshot", { volumeId: "${{ steps.marker.volumeId }}" }),
        retry: { attempts: 3, delayMs: 1_000 },
      },
    ],
    verify: VERIFY,
  });
  expect(stepOf(run, "volume")).toMatchObject({ attempts: 1 });
  expect(stepOf(run, "volume").failure?.code).toBe("primary-region-called");
  expect(run.record.findings).toMatchObject([{ code: "primary-region-called", severity: "critical" }]);
});
