import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedExistingInstance, type ExistingInstance } from "../../../src/sandbox/seed.ts";
import { tellingProgress } from "../../../src/steps/on-host/hash-progress.ts";
import { paceOf } from "../../../src/steps/pace.ts";
import { startAwsRig, type AwsRig } from "../../aws/aws-rig.ts";
import { DR, PRIMARY, servicesFor } from "../rehearsal.ts";

const GIB = 2 ** 30;
let rig: AwsRig;
let existing: ExistingInstance;
beforeAll(async () => {
  rig = await startAwsRig();
  existing = await seedExistingInstance(rig.sandbox, { region: PRIMARY, drRegion: DR });
});
afterAll(() => rig.close());

/** Lets a "script" tell of `hashed` bytes per core, and take a while; what people are told. */
async function told(hashed: readonly number[], lastsMs: number) {
  const messages: { readonly message: string; readonly fraction: number | undefined }[] = [];
  const scope = {
    ...rig.scope(),
    progress: (message: string, fraction?: number) => void messages.push({ message, fraction }),
  };
  const { instanceId } = existing;
  const device = { region: PRIMARY, instanceId, what: "hashing vol-1", bytes: 8 * GIB };
  const host = rig.sandbox.services.ec2.region(PRIMARY).instances.get(instanceId).host!;
  const answer = await tellingProgress(scope, servicesFor(rig.connection, scope), device, async (folder) => {
    await rig.clock.during(async () => {
      await mkdir(join(host.root, "tmp", folder));
      for (const [core, bytes] of hashed.entries())
        await writeFile(join(host.root, "tmp", folder, `${core}`), `${bytes}\n`);
    });
    await rig.clock.sleep(lastsMs);
    return "answer";
  });
  expect(answer).toBe("answer");
  return messages;
}

describe("the progress of a host's script", () => {
  it("is told with rate and time left while it runs", async () => {
    const messages = await told([GIB, GIB], 45_000);
    expect(messages).toEqual([
      { message: expect.stringMatching(/^hashing vol-1: 25 %, 6\d MiB\/s, about 1m 3\ds left$/), fraction: 0.25 },
    ]);
  });

  it("is told again and again, and no more when the end is near", async () => {
    expect(await told([GIB], 100_000)).toHaveLength(3);
    expect(await told([7 * GIB], 200_000)).toHaveLength(1);
  });

  it("is not told of a script that ends soon, or says nothing", async () => {
    expect(await told([GIB], 20_000)).toEqual([]);
    expect(await told([], 45_000)).toEqual([]);
  });
});

it("a pace is rate and time left", () => {
  expect(paceOf({ bytes: 512 * 2 ** 20, elapsedMs: 2_000, fraction: 0.5 })).toBe("256 MiB/s, about 2.0s left");
  expect(paceOf({ bytes: 0, elapsedMs: 2_000, fraction: 0 })).toBe("");
});
