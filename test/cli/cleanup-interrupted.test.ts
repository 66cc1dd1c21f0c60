import { EC2, type ResourceType } from "@aws-sdk/client-ec2";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openHands } from "../../src/cli/cleanup/hands.ts";
import { removeTagged } from "../../src/cli/cleanup/remove-tagged.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { start, throwAwayFolder } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";
import { killedRun } from "./killed-run.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";

const REGION = "us-west-2";
const DAY_MS = 24 * 3_600_000;
const ENVIRONMENT = { ...process.env };

let sandbox: StandaloneSandbox;
let ec2: EC2;
let runId: string;
let volumeId: string;
let snapshotId: string;
/** Is told of the deletion that hangs. */
let asked: () => void = () => undefined;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  const interceptors = [
    ({ operation }: { readonly operation: string }) => {
      if (operation !== "DeleteVolume") return undefined;
      asked();
      return { kind: "hang" } as const;
    },
  ];
  sandbox = await sandboxOf({ speed: 1_000, interceptors }, (work) => void ending.push(work));
  ec2 = new EC2(clientSettings(sandbox, REGION));
  // The SDK looks for credentials there.
  Object.assign(process.env, sandbox.environment);
});
beforeEach(async () => {
  runId = ulid(Date.now() - 3 * DAY_MS);
  const tagged = (ResourceType: ResourceType) => ({
    TagSpecifications: [{ ResourceType, Tags: [{ Key: "gameday:run", Value: runId }] }],
  });
  const volume = await ec2.createVolume({ AvailabilityZone: `${REGION}a`, Size: 1, ...tagged("volume") });
  volumeId = volume.VolumeId!;
  await pass();
  snapshotId = (await ec2.createSnapshot({ VolumeId: volumeId, ...tagged("snapshot") })).SnapshotId!;
  await pass();
});
afterAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  for (const name of Object.keys(sandbox.environment)) if (!(name in ENVIRONMENT)) delete process.env[name];
  ec2.destroy();
  for (const work of ending) await work();
});

const pass = () =>
  fetch(`${sandbox.endpoint}/_gameday/advance?ms=3600000`, { method: "POST", headers: sandbox.controlHeaders });
const left = async () =>
  (await sandbox.inventory()).filter(({ tags }) => tags["gameday:run"] === runId).map(({ id }) => id);

it.each(["only tags tell of", "is known here"])(
  "Ctrl-C ends a cleanup whose deletions hang, of a run that %s, and all of it is listed",
  async (which) => {
    const cwd = await throwAwayFolder();
    const made = [
      { kind: "ec2.snapshot", id: snapshotId },
      { kind: "ec2.volume", id: volumeId },
    ];
    if (which === "is known here") await killedRun({ cwd, runId, sandbox, made });
    const hanging = new Promise<void>((resolve) => (asked = resolve));
    const args = ["cleanup", runId, "--region", REGION, "--account", sandbox.account, "--yes"];
    const cleanup = start(args, { cwd, env: sandbox.environment });
    await Promise.race([hanging, cleanup.ended]);
    cleanup.child.kill("SIGINT");
    const { code, stdout, stderr } = await cleanup.ended;
    expect(code, stdout + stderr).toBe(6);
    for (const id of [volumeId, snapshotId])
      expect(stdout.split("\n").find((line) => line.includes(id))).toContain(
        "REMAINS: cleanup was interrupted (SIGINT)",
      );
    expect(await left()).toEqual(expect.arrayContaining([volumeId, snapshotId]));
  },
);

it("what only tags tell of is deleted within a time budget: what hangs keeps nothing else from going", async () => {
  await using io = await capturedIo(sandbox.environment);
  const hands = await openHands({ io, accounts: new Set([sandbox.account]), region: REGION });
  try {
    const common = {
      key: "",
      region: REGION,
      token: "",
      tags: {},
      attributes: {},
      step: "",
      state: "created",
    } as const;
    const leftovers = [
      { runId, drill: "", since: 0, entry: { ...common, kind: "ec2.volume", id: volumeId } },
      { runId, drill: "", since: 0, entry: { ...common, kind: "ec2.snapshot", id: snapshotId } },
    ];
    const removals = await removeTagged({ hands, runId, budgetMs: 12_000 }, leftovers);
    expect(removals.map(({ leftover, failure }) => [leftover.entry.id, failure])).toEqual([
      [volumeId, expect.stringContaining("did not end within")],
      [snapshotId, undefined],
    ]);
    expect(await left()).not.toContain(snapshotId);
  } finally {
    await hands.connection.close();
  }
});
