import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { takeRunLock } from "../../src/cli/runs/run-lock.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { throwAwayFolder } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";

const HOUR_MS = 3_600_000;
const ACCOUNT = "111122223333";
const ENVIRONMENT = { ...process.env };

let sandbox: StandaloneSandbox;
let cwd: string;
let ec2: EC2;
beforeAll(async () => {
  sandbox = await sandboxOf({ speed: 100 }, onTheEnd);
  ec2 = new EC2(clientSettings(sandbox, "us-west-2"));
  // The SDK looks for credentials there.
  Object.assign(process.env, sandbox.environment);
});
beforeEach(async () => {
  cwd = await throwAwayFolder();
  await pass(HOUR_MS);
  for (const id of await volumes()) await ec2.deleteVolume({ VolumeId: id });
});
const ending: (() => unknown)[] = [];
function onTheEnd(work: () => unknown): void {
  ending.push(work);
}
afterAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  for (const name of Object.keys(sandbox.environment)) if (!(name in ENVIRONMENT)) delete process.env[name];
  ec2.destroy();
  for (const work of ending) await work();
});

/** A run that nothing but tags tells of. */
const runOf = (agoMs: number) => ulid(Date.now() - agoMs);

async function volume(tags: Readonly<Record<string, string>>): Promise<string> {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { VolumeId } = await ec2.createVolume({
    AvailabilityZone: "us-west-2a",
    Size: 1,
    ...(list.length > 0 ? { TagSpecifications: [{ ResourceType: "volume", Tags: list }] } : {}),
  });
  return VolumeId!;
}

/** The command line in this process: starting one of its own costs a second each. */
async function gameday(...args: readonly string[]) {
  await using io = await capturedIo(sandbox.environment);
  const code = await runCommand(args, { ...io, cwd });
  return { code, stdout: io.out(), stderr: io.err() };
}
const cleanup = (...args: readonly string[]) => gameday("cleanup", ...args);

const pass = (ms: number) =>
  fetch(`${sandbox.endpoint}/_gameday/advance?ms=${ms}`, { method: "POST", headers: sandbox.controlHeaders });

async function volumes(): Promise<readonly string[]> {
  const items = await sandbox.inventory();
  return items.filter(({ type, region }) => type === "ec2.volume" && region === "us-west-2").map(({ id }) => id);
}

describe("cleanup by run tag", () => {
  const there = ["--region", "us-west-2", "--account", ACCOUNT];

  it("lists what old runs have left, deletes it with --yes, and finds nothing then", async () => {
    const run = runOf(30 * HOUR_MS);
    const id = await volume({ "gameday:run": run, "gameday:drill": "a-drill" });
    const listed = await cleanup(...there);
    expect(listed.code).toBe(6);
    expect(listed.stdout).toContain(`${run}  a-drill  ec2.volume  ${id}  us-west-2`);
    expect(await volumes()).toEqual([id]);
    const deleted = await cleanup(...there, "--yes");
    expect(deleted.code, deleted.stdout + deleted.stderr).toBe(0);
    expect(deleted.stdout).toContain("1 resource deleted, 0 not");
    expect(await volumes()).toEqual([]);
    expect(await cleanup(...there)).toMatchObject({ code: 0, stdout: "nothing is left\n" });
  });

  it("leaves alone what nobody tagged, near-misses of the tag, and values that are no run", async () => {
    const run = runOf(30 * HOUR_MS);
    const ids = [
      await volume({}),
      await volume({ "gameday:runX": run }),
      await volume({ "Gameday:run": run }),
      await volume({ "gameday:run ": run }),
      await volume({ "gameday:run": "production" }),
      await volume({ "gameday:run": run.toLowerCase() }),
      await volume({ "gameday:run": "*" }),
    ];
    expect(await cleanup(...there, "--yes")).toMatchObject({ code: 0, stdout: "nothing is left\n" });
    expect((await volumes()).toSorted()).toEqual(ids.toSorted());
  });

  it("deletes the named run's only, and a young one's only when it is named", async () => {
    const [young, old] = [runOf(HOUR_MS), runOf(50 * HOUR_MS)];
    const [ofYoung, ofOld] = [await volume({ "gameday:run": young }), await volume({ "gameday:run": old })];
    const all = await cleanup(...there, "--yes");
    expect(all.code).toBe(6);
    expect(all.stdout).toContain(`gameday cleanup ${young} --region us-west-2 --yes`);
    expect(await volumes()).toEqual([ofYoung]);
    expect(await volumes()).not.toContain(ofOld);
    expect(await cleanup(young, ...there, "--yes")).toMatchObject({ code: 0 });
    expect(await volumes()).toEqual([]);
  });

  it("leaves a run's that may go on until its deadline, as the latest of its tags has it, unless it is named", async () => {
    const [long, over] = [runOf(30 * HOUR_MS), runOf(3 * HOUR_MS)];
    const at = (ms: number) => ({ "gameday:deadline": new Date(Date.now() + ms).toISOString() });
    const ofLong = [
      await volume({ "gameday:run": long, ...at(HOUR_MS) }),
      await volume({ "gameday:run": long, ...at(-HOUR_MS) }),
      await volume({ "gameday:run": long }),
    ];
    await volume({ "gameday:run": over, ...at(-HOUR_MS) });
    const { code, stdout } = await cleanup(...there, "--yes");
    expect(code).toBe(6);
    expect(stdout).toContain(`gameday cleanup ${long} --region us-west-2 --yes`);
    expect((await volumes()).toSorted()).toEqual(ofLong.toSorted());
    expect(await cleanup(long, ...there, "--yes")).toMatchObject({ code: 0 });
    expect(await volumes()).toEqual([]);
  });

  it("leaves what is kept on purpose until it expires, unless the run is named", async () => {
    const run = runOf(30 * HOUR_MS);
    const inAnHour = new Date(Date.now() + HOUR_MS).toISOString();
    const kept = await volume({ "gameday:run": run, "gameday:expires": inAnHour });
    await volume({ "gameday:run": run, "gameday:expires": "2020-01-01T00:00:00.000Z" });
    const { code, stdout } = await cleanup(...there, "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("kept on purpose");
    expect(await volumes()).toEqual([kept]);
    expect(await cleanup(run, ...there, "--yes")).toMatchObject({ code: 0 });
    expect(await volumes()).toEqual([]);
  });

  it("never touches a run that is going on", async () => {
    const run = runOf(30 * HOUR_MS);
    const id = await volume({ "gameday:run": run });
    const release = await takeRunLock({ cwd, drill: "d", account: ACCOUNT, runId: run });
    const { code, stdout } = await cleanup(run, ...there, "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain(`its run is going on: process ${process.pid}`);
    expect(await volumes()).toEqual([id]);
    await release();
    expect(await cleanup(run, ...there, "--yes")).toMatchObject({ code: 0 });
    expect(await volumes()).toEqual([]);
  });

  it("is refused in an account that nobody confirmed, before anything else is asked", async () => {
    await volume({ "gameday:run": runOf(30 * HOUR_MS) });
    const before = sandbox.operations().length;
    const { code, stderr } = await cleanup("--region", "us-west-2", "--yes");
    expect(code).toBe(7);
    expect(stderr).toContain(`--account ${ACCOUNT}`);
    expect(sandbox.operations().slice(before)).toEqual(["sts:GetCallerIdentity"]);
    expect(await cleanup("--region", "us-west-2", "--account", "999900001111", "--yes")).toMatchObject({ code: 7 });
  });

  it("asks for Regions when nothing here tells of one", async () => {
    const { code, stderr } = await cleanup();
    expect(code).toBe(2);
    expect(stderr).toContain("--region");
  });
});

describe("the newest copy of a source that no run made", () => {
  it("stays until there is a newer one", async () => {
    const primary = new EC2(clientSettings(sandbox, "us-east-1"));
    onTestFinished(() => primary.destroy());
    const [volumeOfTheirs] = (await primary.describeVolumes({ Filters: [{ Name: "tag:Snapshot", Values: ["true"] }] }))
      .Volumes!;
    const run = runOf(30 * HOUR_MS);
    const theirs = await primary.createSnapshot({ VolumeId: volumeOfTheirs!.VolumeId! });
    await pass(HOUR_MS);
    const copyOf = async (tags: { Key: string; Value: string }[]) => {
      const { SnapshotId } = await ec2.copySnapshot({
        SourceRegion: "us-east-1",
        SourceSnapshotId: theirs.SnapshotId!,
        Description: `[Copied ${theirs.SnapshotId} from us-east-1]`,
        ...(tags.length > 0 ? { TagSpecifications: [{ ResourceType: "snapshot", Tags: tags }] } : {}),
      });
      await pass(2 * HOUR_MS);
      return SnapshotId!;
    };
    const ours = await copyOf([{ Key: "gameday:run", Value: run }]);
    const there = ["--region", "us-west-2", "us-east-1", "--account", ACCOUNT, "--yes"];
    const first = await cleanup(...there);
    expect(first.code).toBe(6);
    expect(first.stdout).toContain(`the newest copy of ${volumeOfTheirs!.VolumeId}`);
    const newer = await copyOf([]);
    expect(await cleanup(...there)).toMatchObject({ code: 0 });
    const left = (await sandbox.inventory()).filter(({ type }) => type === "ec2.snapshot").map(({ id }) => id);
    expect(left).toContain(newer);
    expect(left).toContain(theirs.SnapshotId);
    expect(left).not.toContain(ours);
  });
});

describe("what a run kept after a failed step", () => {
  const DRILL = `apiVersion: gameday/v1
name: keeps
description: Keeps what it made when a step fails.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["${ACCOUNT}"] }
prepare:
  - id: snapshot
    uses: ebs.create-snapshot
    with: { volumeTag: { key: Snapshot, value: "true" } }
recover:
  - id: bad
    uses: command.run
    with: { command: ["false"] }
verify:
  - id: never
    uses: command.run
    with: { command: ["true"] }
`;

  async function runSnapshots() {
    const items = await sandbox.inventory();
    return items.filter(({ type, tags }) => type === "ec2.snapshot" && tags["gameday:run"] !== undefined);
  }

  async function failingRun(...more: readonly string[]) {
    await mkdir(join(cwd, "drills/keeps"), { recursive: true });
    await writeFile(join(cwd, "drills/keeps/drill.yaml"), DRILL);
    const ended = await gameday("run", "keeps", ...more);
    return { ...ended, snapshots: await runSnapshots() };
  }

  it("is told by id with the commands for it, tagged, left by cleanup, and removed by cleanup RUN", async () => {
    const { code, stdout, snapshots } = await failingRun("--keep-on-failure");
    expect(code, stdout).toBe(5);
    const [kept] = snapshots;
    const run = kept!.tags["gameday:run"]!;
    expect(Date.parse(kept!.tags["gameday:expires"]!)).toBeGreaterThan(Date.now() + 23 * HOUR_MS);
    // The default of safety.maxDuration, and of teardownBudget.
    const longest = Date.now() + 24.5 * HOUR_MS;
    expect(Math.abs(Date.parse(kept!.tags["gameday:deadline"]!) - longest)).toBeLessThan(HOUR_MS);
    expect(stdout).toContain(`ec2.snapshot ${kept!.id} in us-east-1`);
    expect(stdout).toContain(`gameday cleanup ${run} --yes`);
    expect(await cleanup("--yes")).toMatchObject({ code: 0 });
    expect(await runSnapshots()).toHaveLength(1);
    const removed = await cleanup(run, "--yes");
    expect(removed.code, removed.stdout + removed.stderr).toBe(0);
    expect(await runSnapshots()).toEqual([]);
    expect(await cleanup()).toMatchObject({ code: 0, stdout: "nothing is left\n" });
  });
});
