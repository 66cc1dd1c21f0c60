import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import * as fc from "fast-check";
import { ulid } from "ulid";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findLeftovers } from "../../src/cli/cleanup/find-leftovers.ts";
import { judgeLeftovers } from "../../src/cli/cleanup/judge-leftovers.ts";
import { removeLeftovers } from "../../src/cli/cleanup/remove.ts";
import { startDrill } from "../../src/engine/run-drill.ts";
import { RESOURCE_KINDS } from "../../src/resources/all.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { startAwsRig, type AwsRig } from "../aws/aws-rig.ts";
import { capturedIo } from "../cli/captured-io.ts";
import { drillOf } from "../engine/harness.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { servicesFor } from "../steps/rehearsal.ts";
import { reportFigures } from "../figures.ts";

const CASES = Number(process.env["GAMEDAY_FOREIGN"] ?? 8);
const REGIONS = ["us-east-1", "us-west-2"] as const;
const HOUR_MS = 3_600_000;

let rig: AwsRig;
let folder: string;
const clients = new Map<string, EC2>();
/** By Region, the volume that snapshots are made of. */
const sources = new Map<string, string>();
beforeAll(async () => {
  rig = await startAwsRig();
  folder = await mkdtemp(join(tmpdir(), "gameday-foreign-"));
  for (const region of REGIONS) {
    const client = new EC2(clientSettings(rig.sandbox, region));
    clients.set(region, client);
    const { VolumeId } = await client.createVolume({ AvailabilityZone: `${region}a`, Size: 1 });
    sources.set(region, VolumeId!);
  }
  await rig.clock.sleep(HOUR_MS);
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a resource carries, seen from a run: its own tag, another's, or something that only looks like one. */
const OWN = { "gameday:run": (run: string) => run };
const FOREIGN: Readonly<Record<string, (run: string) => readonly [key: string, value: string] | undefined>> = {
  nothing: () => undefined,
  "another key": (run) => ["gameday:runX", run],
  "a shorter key": (run) => ["gameday:ru", run],
  "another spelling": (run) => ["Gameday:run", run],
  "a key with a space": (run) => ["gameday:run ", run],
  "the run in another tag": (run) => ["gameday:drill", run],
  "a beginning of the id": (run) => ["gameday:run", run.slice(0, 25)],
  "a longer id": (run) => ["gameday:run", `${run}0`],
  "a neighbour's id": (run) => ["gameday:run", run.slice(0, 25) + (run.endsWith("A") ? "B" : "A")],
  "lower case": (run) => ["gameday:run", run.toLowerCase()],
  "an asterisk": () => ["gameday:run", "*"],
  "a pattern": (run) => ["gameday:run", `${run.slice(0, 10)}*`],
  "no value": () => ["gameday:run", ""],
  production: () => ["Name", "production"],
};

const thing = fc.record({
  type: fc.constantFrom("volume", "snapshot"),
  region: fc.constantFrom(...REGIONS),
  whose: fc.oneof(fc.constant("own"), fc.constantFrom(...Object.keys(FOREIGN))),
});
type Thing = typeof thing extends fc.Arbitrary<infer T> ? T : never;

async function make({ type, region, whose }: Thing, run: string): Promise<string> {
  const tag = whose === "own" ? (["gameday:run", OWN["gameday:run"](run)] as const) : FOREIGN[whose]!(run);
  const tags = (ResourceType: "volume" | "snapshot") =>
    tag ? { TagSpecifications: [{ ResourceType, Tags: [{ Key: tag[0], Value: tag[1] }] }] } : {};
  const ec2 = clients.get(region)!;
  const volume = { AvailabilityZone: `${region}a`, Size: 1 };
  if (type === "volume") return (await ec2.createVolume({ ...volume, ...tags("volume") })).VolumeId!;
  return (await ec2.createSnapshot({ VolumeId: sources.get(region)!, ...tags("snapshot") })).SnapshotId!;
}

/** The sandbox's own inventory is the oracle. */
async function inventory(): Promise<ReadonlySet<string>> {
  const items = await rig.clock.during(() => rig.sandbox.inventory());
  return new Set(items.filter(({ state }) => state !== "deleting").map(({ id }) => id));
}

async function tearDown(runId: string): Promise<void> {
  const running = await startDrill<DrillServices>(drillOf({}), {
    runId,
    runFolder: await mkdtemp(join(folder, "run-")),
    clock: rig.clock,
    mode: "rehearsal",
    versions: { gameday: "0", node: "20" },
    process: { pid: 1, host: "test" },
    stepKinds: new Map(),
    resourceKinds: RESOURCE_KINDS,
    services: (scope) => servicesFor(rig.connection, scope),
    guard: async () => ({ account: "111122223333", arn: "arn:test", clockOffsetMs: {} }),
    judge: () => ({ outcome: "passed", exitCode: 0 }),
  });
  const { record } = await running.result;
  expect(record.ledger.filter(({ state }) => state !== "deleted")).toEqual([]);
}

async function cleanUp(runId: string): Promise<void> {
  await using io = await capturedIo();
  const services = () => servicesFor(rig.connection, rig.scope());
  const hands = { connection: rig.connection, account: "111122223333", services };
  const search = { io, hands, known: [], named: new Set([runId]), regions: REGIONS };
  const { leftovers, unseen } = await findLeftovers(search);
  expect(unseen).toEqual([]);
  const removals = await removeLeftovers(search, await judgeLeftovers(search, leftovers));
  expect(removals.filter(({ failure }) => failure !== undefined)).toEqual([]);
}

let cases = 0;
reportFigures("foreign resources", () => cases);

it.each([
  ["teardown", tearDown],
  ["cleanup", cleanUp],
] as const)(
  "%s deletes all that carries the run's tag, and nothing else",
  async (_name, destroy) => {
    await fc.assert(
      fc.asyncProperty(fc.array(thing, { minLength: 1, maxLength: 6 }), fc.nat(1_000_000), async (things, offset) => {
        cases++;
        const run = ulid(Date.now() - 100 * HOUR_MS - offset);
        const ids: { id: string; own: boolean }[] = [];
        for (const one of things) {
          // EC2 takes one snapshot of a volume in fifteen seconds.
          await rig.clock.sleep(60_000);
          ids.push({ id: await rig.clock.during(() => make(one, run)), own: one.whose === "own" });
        }
        await rig.clock.sleep(HOUR_MS);
        const before = await inventory();
        await destroy(run);
        await rig.clock.sleep(60_000);
        const after = await inventory();
        const gone = [...before].filter((id) => !after.has(id)).toSorted();
        expect(gone).toEqual(ids.flatMap(({ id, own }) => (own ? [id] : [])).toSorted());
      }),
      { numRuns: CASES, seed: 20261122 },
    );
  },
  3_600_000,
);
