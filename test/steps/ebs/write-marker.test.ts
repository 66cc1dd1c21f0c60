import { mkdir, open, truncate, writeFile } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockManifestOfFile } from "../../../src/checksums/file-blocks.ts";
import { PRIMARY, startRehearsal, step, type Rehearsal } from "../rehearsal.ts";
import { MARKER } from "./snapshot-copy-steps.ts";

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await startRehearsal();
});
afterAll(() => rehearsal.close());

function host() {
  return rehearsal.sandbox.services.ec2.region(PRIMARY).instances.get(rehearsal.existing.instanceId).host!;
}

const onHost = (script: string) => host().run({ script: `set -eu\n${script}`, timeoutMs: 60_000 });

async function mark(more: Record<string, unknown> = {}) {
  const run = await rehearsal.run({ prepare: [{ ...MARKER, with: { ...MARKER.with, ...more } }] });
  return { ...run.record.steps[0]!, folder: run.folder };
}

describe("ebs.write-marker", () => {
  it("leaves a marker of this run in the data, on disk", async () => {
    const { outputs } = await mark();
    const text = await readFile(join(host().root, "data/.gameday/marker.json"), "utf8");
    expect(JSON.parse(text)).toEqual({
      run: expect.stringMatching(/^01RUN/),
      writtenAt: outputs["writtenAt"],
      nonce: outputs["nonce"],
    });
    const disk = rehearsal.sandbox.services.ec2.region(PRIMARY).volumes.get(rehearsal.existing.volumeId).disk!;
    const file = await open(disk.path);
    const { buffer } = await file.read({ buffer: Buffer.alloc(16 * 2 ** 20) });
    await file.close();
    expect(buffer.includes(String(outputs["nonce"]))).toBe(true);
  });

  it("takes the manifest of what it is told to only", async () => {
    const { outputs } = await mark({ paths: ["orders", ".gameday"] });
    expect(outputs["manifest"]).toMatchObject({ files: 21, paths: ["orders", ".gameday"] });
  });

  it("fetches a manifest that is longer than SSM's output, in pieces, and takes them off the host", async () => {
    const many = join(host().root, "data/many");
    await mkdir(many);
    for (let n = 0; n < 1_200; n++) await writeFile(join(many, `a file with 'a name' & ${n}`), String(n));
    const { outputs, folder, failure } = await mark({ paths: ["many"] });
    expect(failure).toBeUndefined();
    const { lines } = outputs["manifest"] as { lines: string };
    const text = await readFile(join(folder, lines), "utf8");
    expect(text.trim().split("\n")).toHaveLength(1_200);
    expect((await onHost(`ls "$INSTANCE_ROOT/tmp"`)).stdout).toBe("");
    await onHost(`rm -rf "$INSTANCE_ROOT/data/many"`);
  });

  it("takes the block manifest of the whole device when it is asked to", async () => {
    const disk = rehearsal.sandbox.services.ec2.region(PRIMARY).volumes.get(rehearsal.existing.volumeId).disk!;
    // There is no data further on, and reading the zeros there takes seconds.
    await truncate(disk.path, 64 * 2 ** 20);
    const { outputs, failure } = await mark({ rawDevice: true });
    expect(failure).toBeUndefined();
    const { text: _, ...truth } = await blockManifestOfFile(disk.path);
    await truncate(disk.path, disk.bytes);
    expect(outputs["raw"]).toEqual(truth);
    expect((await onHost(`ls "$INSTANCE_ROOT/tmp"`)).stdout).toBe("");
  });

  it("does not follow a link that stands where its folder should be", async () => {
    await onHost(`cd "$INSTANCE_ROOT/data"; mv .gameday .kept; ln -s /tmp .gameday`);
    expect((await mark()).failure).toMatchObject({ code: "host-marker-path-taken", fixer: "operator" });
    await onHost(`cd "$INSTANCE_ROOT/data"; rm .gameday; mv .kept .gameday`);
  });

  it("names a path that does not exist", async () => {
    expect((await mark({ paths: ["nowhere"] })).failure).toMatchObject({ code: "host-no-such-path" });
  });

  it("says that a tag singles out no volume", async () => {
    const none = step("marker", "ebs.write-marker", { volumeTag: { key: "Snapshot", value: "TRUE" } });
    const run = await rehearsal.run({ prepare: [none] });
    expect(run.record.steps[0]!.failure).toMatchObject({
      code: "volume-not-found",
      message: "There is no volume with the tag Snapshot=TRUE in us-east-1",
    });
  });

  it("says that the file system is not mounted", async () => {
    await onHost(`umount "$INSTANCE_ROOT/data"`);
    expect((await mark()).failure).toMatchObject({ code: "host-not-mounted", fixer: "operator" });
  });
});
