import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../src/cli/program.ts";
import { readRun } from "../../src/cli/runs/read-run.ts";
import { holdRun, takeRunLock } from "../../src/cli/runs/run-lock.ts";
import type { Call, Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { throwAwayFolder } from "./binary.ts";
import { capturedIo } from "./captured-io.ts";
import { killedRun, QUICK_DRILL } from "./killed-run.ts";
import { sandboxOf, type StandaloneSandbox } from "./standalone-sandbox.ts";

const HOUR_MS = 3_600_000;
const ACCOUNT = "111122223333";
const ENVIRONMENT = { ...process.env };

let sandbox: StandaloneSandbox;
let ec2: EC2;
let cwd: string;
/** Sees every call to the sandbox. */
let onCall: ((call: Call) => Fault | undefined) | undefined;

const ending: (() => unknown)[] = [];
beforeAll(async () => {
  sandbox = await sandboxOf({ speed: 100, interceptors: [(call) => onCall?.(call)] }, (work) => void ending.push(work));
  ec2 = new EC2(clientSettings(sandbox, "us-west-2"));
});
beforeEach(async () => {
  cwd = await throwAwayFolder();
  onCall = undefined;
});
afterAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  for (const name of Object.keys(sandbox.environment)) if (!(name in ENVIRONMENT)) delete process.env[name];
  ec2.destroy();
  for (const work of ending) await work();
});

const gameday = (...args: readonly string[]) => gamedayAt(sandbox, ...args);

async function gamedayAt(there: StandaloneSandbox, ...args: readonly string[]) {
  // The SDK looks for credentials there.
  Object.assign(process.env, there.environment);
  await using io = await capturedIo(there.environment);
  const code = await runCommand(args, { ...io, cwd });
  return { code, stdout: io.out(), stderr: io.err() };
}

const runOf = (agoMs: number) => ulid(Date.now() - agoMs);

async function volumeOf(runId: string): Promise<string> {
  const { VolumeId } = await ec2.createVolume({
    AvailabilityZone: "us-west-2a",
    Size: 1,
    TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "gameday:run", Value: runId }] }],
  });
  await fetch(`${sandbox.endpoint}/_gameday/advance?ms=${HOUR_MS}`, {
    method: "POST",
    headers: sandbox.controlHeaders,
  });
  return VolumeId!;
}

async function isThere(id: string): Promise<boolean> {
  return (await sandbox.inventory()).some((item) => item.id === id && item.state !== "deleting");
}

/** A run that was killed when it had made a volume. */
async function killed(more: Partial<Parameters<typeof killedRun>[0]> = {}) {
  const runId = runOf(2 * HOUR_MS);
  const id = await volumeOf(runId);
  const folder = await killedRun({ cwd, runId, sandbox, made: [{ kind: "ec2.volume", id }], ...more });
  return { runId, id, folder };
}

describe("cleanup beside a resume of the same run", () => {
  it.each([
    ["when cleanup begins", "GetCallerIdentity", 1],
    ["when cleanup looks", "DescribeSnapshots", 1],
    ["when cleanup has looked", "ListKeys", 1],
    ["when cleanup holds the run", "GetCallerIdentity", 2],
    ["when cleanup deletes", "DeleteVolume", 1],
  ])("one of them does it and the journal stays whole: resume begins %s", async (_when, operation, time) => {
    const { runId, id, folder } = await killed();
    let resumed: ReturnType<typeof gameday> | undefined;
    let seen = 0;
    onCall = (call) => {
      if (call.operation === operation && ++seen === time) resumed ??= gameday("resume", runId, "--plain");
      return undefined;
    };
    const cleaned = await gameday("cleanup", runId, "--yes");
    const other = await resumed!;
    const { record, journal } = await readRun(folder);
    expect(journal.tornBytes).toBe(0);
    expect(record.ledger.map(({ state }) => state)).toEqual(["deleted"]);
    expect(await isThere(id)).toBe(false);
    if (cleaned.stdout.includes("1 resource deleted, 0 not"))
      expect(other.stderr).toMatch(/is going on|nothing to resume/);
    else expect(cleaned.stdout).toMatch(/is going on|has gone on since/);
  });

  it("does nothing while the run is held, whoever holds its drill", async () => {
    const { runId, id, folder } = await killed();
    const journal = await readFile(join(folder, "journal.jsonl"));
    const release = await holdRun(cwd, runId);
    const { code, stdout } = await gameday("cleanup", runId, "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain(`its run is going on: process ${process.pid}`);
    await release();
    expect(await readFile(join(folder, "journal.jsonl"))).toEqual(journal);
    expect(await isThere(id)).toBe(true);
  });

  it("gives up while a newer run of the drill goes on", async () => {
    const { runId, id, folder } = await killed();
    const journal = await readFile(join(folder, "journal.jsonl"));
    const newer = runOf(0);
    const release = await takeRunLock({ cwd, drill: "quick", account: ACCOUNT, runId: newer });
    const { code, stdout } = await gameday("cleanup", runId, "--yes");
    expect(code).toBe(6);
    expect(stdout).toContain(`REMAINS: run ${runId}: run ${newer} of this drill is going on`);
    expect(await readFile(join(folder, "journal.jsonl"))).toEqual(journal);
    expect(await isThere(id)).toBe(true);
    await release();
    expect(await gameday("cleanup", runId, "--yes")).toMatchObject({ code: 0 });
    expect(await isThere(id)).toBe(false);
  });
});

describe("cleanup does not delete where it cannot know", () => {
  it("what a process on another host may be at: that remains, and nobody can know", async () => {
    const { runId, id } = await killed();
    const release = await holdRun(cwd, runId);
    const lock = join(cwd, ".gameday/locks/runs", runId);
    const owner = JSON.parse(await readFile(join(lock, "1.json"), "utf8"));
    await release();
    await writeFile(join(lock, "1.json"), JSON.stringify({ ...owner, host: `not-${hostname()}` }));
    const { code, stdout } = await gameday("cleanup", runId, "--yes");
    expect(code).toBe(6);
    expect(stdout).toContain("nobody can know from here whether its run is going on");
    expect(stdout).toContain(`rm -r ${lock}`);
    expect(await isThere(id)).toBe(true);
  });

  it.each([
    ["elsewhere", true],
    ["here", false],
  ])("a run whose folder was copied while it goes on: its journal tells that it began %s", async (where, stays) => {
    const host = where === "here" ? hostname() : `not-${hostname()}`;
    const { runId, id } = await killed({ process: { pid: 1, host } });
    const { stdout } = await gameday("cleanup", "--yes");
    if (stays) expect(stdout).toContain(`may go on elsewhere; if not: gameday cleanup ${runId}`);
    expect(await isThere(id)).toBe(stays);
    expect(await gameday("cleanup", runId, "--yes")).toMatchObject({ code: 0 });
    expect(await isThere(id)).toBe(false);
  });

  it.each([
    ["the folder of the locks", ".gameday/locks"],
    ["the folder of the runs' locks", ".gameday/locks/runs"],
  ])("which runs go on: %s cannot be read", async (_what, path) => {
    const { runId, id } = await killed();
    await mkdir(join(cwd, path, ".."), { recursive: true });
    await writeFile(join(cwd, path), "a file in its place");
    const { code, stderr } = await gameday("cleanup", runId, "--yes");
    expect(code).not.toBe(0);
    expect(stderr).toContain(join(cwd, path));
    expect(await isThere(id)).toBe(true);
  });

  it("whose folder it is: the journal is of another run", async () => {
    const { runId, id, folder } = await killed();
    const other = runOf(3 * HOUR_MS);
    await rename(folder, join(folder, "..", other));
    const { code, stderr } = await gameday("cleanup", other, "--yes", "--region", "us-west-2", "--account", ACCOUNT);
    expect(code).toBe(6);
    expect(stderr).toContain(`its journal is of run ${runId}`);
    expect(await isThere(id)).toBe(true);
  });
});

describe("cleanup that could not look", () => {
  const deny = ({ operation }: Call): Fault | undefined =>
    operation === "DescribeSnapshots"
      ? { kind: "error", error: new AwsError("UnauthorizedOperation", "no", 403) }
      : undefined;
  const there = ["--region", "us-west-2", "--account", ACCOUNT];

  it("never says that nothing is left", async () => {
    // One whose clock is not ahead: the SDK repeats what is refused to a request that looks skewed.
    const denying = await sandboxOf({ interceptors: [deny] });
    const { code, stdout, stderr } = await gamedayAt(denying, "cleanup", runOf(HOUR_MS), ...there);
    expect(code).toBe(6);
    expect(stdout).toBe("nothing was found, but not everything was looked for\n");
    expect(stderr).toContain("no look for ec2.snapshot in us-west-2");
  });

  it("says so of a run whose journal is damaged", async () => {
    const { runId, folder } = await killed({ made: [] });
    await writeFile(join(folder, "journal.jsonl"), "no journal\n");
    const { code, stdout, stderr } = await gameday("cleanup", runId, ...there);
    expect(code).toBe(6);
    expect(stdout).not.toContain("nothing is left");
    expect(stderr).toContain(`no look for what run ${runId} has left`);
  });
});

describe("a run whose drill assumes a role", () => {
  const ROLE = `arn:aws:iam::${ACCOUNT}:role/drills`;

  it("is cleaned up in that role, and in nothing else", async () => {
    const iam = new IAM(clientSettings(sandbox, "us-east-1"));
    const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "sts:AssumeRole" };
    await iam.createRole({
      RoleName: "drills",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    });
    iam.destroy();
    const { runId, id } = await killed({ drill: `${QUICK_DRILL}assumeRole: { roleArn: "${ROLE}" }\n` });
    const principals = new Map<string, string>();
    onCall = ({ service, operation, principalArn }) => {
      if (operation !== "AssumeRole") principals.set(`${service}:${operation}`, principalArn);
      return undefined;
    };
    expect(await gameday("cleanup", runId, "--yes")).toMatchObject({ code: 0 });
    expect(await isThere(id)).toBe(false);
    expect([...principals.keys()]).toEqual(expect.arrayContaining(["sts:GetCallerIdentity", "ec2:DeleteVolume"]));
    expect([...principals].filter(([, arn]) => !arn.includes(":assumed-role/drills/gameday-"))).toEqual([]);
  });
});
