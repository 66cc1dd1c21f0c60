import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { systemClock } from "../../src/time/system-clock.ts";

/** A sandbox on the machine's clock, as `gameday sandbox` starts it. */
export async function sandbox(options = {}) {
  const folder = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  const started = await startSandbox({ clock: systemClock, folder, throttling: false, ...options });
  return {
    endpoint: started.endpoint,
    credentials: started.credentials,
    started,
    async close() {
      await started.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Puts `count` snapshots into us-east-1: one that was really made, and its likes under ids and tags of their own. */
export async function fill({ started }, client, count) {
  const volume = await client.call("CreateVolume", { Size: "1", AvailabilityZone: "us-east-1a" });
  const [, volumeId] = /<volumeId>([^<]+)/.exec(volume);
  const state = async () => /<status>([^<]+)/.exec(await client.call("DescribeVolumes", { "VolumeId.1": volumeId }))[1];
  while ((await state()) !== "available") await new Promise((resolve) => setTimeout(resolve, 100));
  const [, id] = /<snapshotId>([^<]+)/.exec(await client.call("CreateSnapshot", { VolumeId: volumeId }));
  const { snapshots } = started.services.ec2.region("us-east-1");
  const made = snapshots.get(id);
  for (let n = 1; n < count; n++) {
    snapshots.add({ ...made, id: started.world.newId("snap-", 17), tags: new Map([["n", String(n)]]), awaiting: [] });
  }
}
