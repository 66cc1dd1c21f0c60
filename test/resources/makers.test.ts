import { copyFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DLM, type CreateLifecyclePolicyCommandInput } from "@aws-sdk/client-dlm";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { findLeftovers, type Search } from "../../src/cli/cleanup/find-leftovers.ts";
import { judgeLeftovers } from "../../src/cli/cleanup/judge-leftovers.ts";
import type { KnownRun } from "../../src/cli/cleanup/known-runs.ts";
import type { Leftover } from "../../src/cli/cleanup/leftover.ts";
import { removeLeftovers } from "../../src/cli/cleanup/remove.ts";
import { cleanUpRun } from "../../src/engine/clean-up.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { foldEvents } from "../../src/engine/fold.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { startDrill, type RunResult } from "../../src/engine/run-drill.ts";
import type { RunDependencies } from "../../src/engine/run.ts";
import { judge } from "../../src/evidence/verdict.ts";
import { resultOf } from "../../src/evidence/result/result.ts";
import { renderMarkdown } from "../../src/reporters/markdown/render.ts";
import { RESOURCE_KINDS } from "../../src/resources/all.ts";
import type { Fault } from "../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import { defineStep } from "../../src/steps/define-step.ts";
import type { DrillServices } from "../../src/steps/services.ts";
import { startAwsRig, type AwsRig } from "../aws/aws-rig.ts";
import { capturedIo, type CapturedIo } from "../cli/captured-io.ts";
import { drillOf } from "../engine/harness.ts";
import { chained } from "../evidence/bundle/small-bundle.ts";
import { started } from "../evidence/events.ts";
import type { Timed } from "../evidence/journaled.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { servicesFor, step } from "../steps/rehearsal.ts";

const HOUR_MS = 3_600_000;
const RUN = "01JZZZZZZZZZZZZZZZZZZZZZZZ";
const ROLE = "arn:aws:iam::111122223333:role/dlm";

let rig: AwsRig;
let folder: string;
let clients: Clients;
let fault: ((operation: string, region: string) => Fault | undefined) | undefined;

interface Clients {
  readonly dlm: DLM;
  readonly iam: IAM;
  readonly kms: KMS;
  readonly primary: EC2;
  readonly dr: EC2;
}

beforeEach(async () => {
  fault = undefined;
  rig = await startAwsRig({ interceptors: [({ operation, region }) => fault?.(operation, region)] });
  folder = await mkdtemp(join(tmpdir(), "gameday-makers-"));
  const [here, there] = [clientSettings(rig.sandbox), clientSettings(rig.sandbox, "us-west-2")];
  clients = {
    dlm: new DLM(here),
    iam: new IAM(here),
    kms: new KMS(there),
    primary: new EC2(here),
    dr: new EC2(there),
  };
  await rig.clock.during(seed);
  await rig.clock.sleep(60_000);
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

async function seed(): Promise<void> {
  const trust = [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }];
  const all = [{ Effect: "Allow", Action: ["ec2:*", "kms:*"], Resource: "*" }];
  const { iam, primary } = clients;
  await iam.createRole({ RoleName: "dlm", AssumeRolePolicyDocument: JSON.stringify({ Statement: trust }) });
  await iam.putRolePolicy({ RoleName: "dlm", PolicyName: "p", PolicyDocument: JSON.stringify({ Statement: all }) });
  await newVolume(primary, "us-east-1a");
}

async function newVolume(ec2: EC2, AvailabilityZone: string): Promise<void> {
  const Tags = [{ Key: "Snapshot", Value: "true" }];
  await ec2.createVolume({ AvailabilityZone, Size: 1, TagSpecifications: [{ ResourceType: "volume", Tags }] });
}

/** Two schedules, as a team's own module has them: nothing on what they make tells of a run. */
function policyOf(copy: { readonly CmkArn?: string }, targets = ["us-west-2"]): CreateLifecyclePolicyCommandInput {
  const rules = targets.map((Target) => ({
    Target,
    Encrypted: copy.CmkArn !== undefined,
    ...copy,
    RetainRule: { Interval: 3, IntervalUnit: "DAYS" as const },
  }));
  const Schedules = [6, 12].map((Interval) => ({
    Name: `every ${Interval} hours`,
    CreateRule: { Interval, IntervalUnit: "HOURS" as const, Times: ["10:00"] },
    RetainRule: { Count: 14 },
    CrossRegionCopyRules: rules,
  }));
  const TargetTags = [{ Key: "Snapshot", Value: "true" }];
  const PolicyDetails = { ResourceTypes: ["VOLUME" as const], TargetTags, Schedules };
  return { Description: "own module", State: "ENABLED", ExecutionRoleArn: ROLE, PolicyDetails };
}

async function newPolicy(copy: { readonly CmkArn?: string } = {}, Tags: Record<string, string> = {}): Promise<string> {
  const { PolicyId } = await clients.dlm.createLifecyclePolicy({ ...policyOf(copy), Tags });
  return PolicyId!;
}

const empty = z.strictObject({});

/** Stands for what Terraform does: a policy of the run's own, and a key for its copies where asked for. */
const applies = (key: "own key" | "no key", state: { policyId?: string }) =>
  defineStep({
    uses: "test.policy",
    does: "Makes a lifecycle policy",
    input: empty,
    output: z.object({}),
    permissions: [],
    defaultTimeoutMs: 60_000,
    async run(ctx) {
      const CmkArn =
        key === "own key"
          ? (await clients.kms.createKey({ Tags: [{ TagKey: "gameday:run", TagValue: ctx.runId }] })).KeyMetadata!.Arn!
          : undefined;
      await ctx.create("dlm.policy", { region: "us-east-1" }, async () => {
        state.policyId = await newPolicy(CmkArn === undefined ? {} : { CmkArn }, { "gameday:run": ctx.runId });
        return { id: state.policyId };
      });
      return {};
    },
  });

const waits = (hours: number, fails: boolean) =>
  defineStep({
    uses: "test.wait",
    does: "Lets the policy work",
    input: empty,
    output: z.object({}),
    permissions: [],
    defaultTimeoutMs: 1_000 * HOUR_MS,
    async run({ clock, signal }) {
      await clock.sleep(hours * HOUR_MS, signal);
      if (fails) throw new Error("enough");
      return {};
    },
  });

interface Play {
  readonly key: "own key" | "no key";
  readonly keep?: boolean;
  readonly onEvent?: (event: JournaledEvent) => void;
  /** The last event of a process that is killed then. */
  readonly killAt?: (event: JournaledEvent) => boolean;
}

function dependencies(runFolder: string, { key, keep = false }: Play): RunDependencies<DrillServices> {
  const kinds = [applies(key, {}), waits(20, keep)];
  return {
    runId: RUN,
    runFolder,
    clock: rig.clock,
    mode: "live",
    versions: { gameday: "0", node: "20" },
    process: { pid: 1, host: "test" },
    stepKinds: new Map(kinds.map((kind) => [kind.uses, kind])),
    resourceKinds: RESOURCE_KINDS,
    services: (scope) => servicesFor(rig.connection, scope),
    guard: async () => ({ account: "111122223333", arn: "arn:test", clockOffsetMs: {} }),
    judge,
    keepOnFailure: keep,
  };
}

const DRILL = () =>
  drillOf({ prepare: [step("policy", "test.policy"), step("wait", "test.wait", {}, { timeoutMs: 100 * HOUR_MS })] });

/** One SIGINT while the policy has been at work for twenty hours. */
async function play(options: Play): Promise<RunResult & { readonly runFolder: string }> {
  const [runFolder, cutFolder] = [await mkdtemp(join(folder, "run-")), await mkdtemp(join(folder, "cut-"))];
  const deps = dependencies(runFolder, options);
  let killed = false;
  const running = await startDrill<DrillServices>(DRILL(), {
    ...deps,
    // What is left of a killed process here can do nothing any more; the journal is as it was then.
    services: (scope) => {
      if (killed) throw new Error("killed");
      return deps.services(scope);
    },
    listeners: [
      (event) => options.onEvent?.(event),
      (event) => {
        if (killed || !options.killAt?.(event)) return;
        killed = true;
        copyFileSync(join(runFolder, "journal.jsonl"), join(cutFolder, "journal.jsonl"));
      },
    ],
  });
  if (!options.keep) void rig.clock.sleep(19 * HOUR_MS).then(() => running.abort("SIGINT"));
  return { ...(await running.result), runFolder: killed ? cutFolder : runFolder };
}

/** Another process cleans up after one that was killed at its last journaled event, or that has kept. */
async function cleanUp(runFolder: string, options: Play): Promise<RunResult> {
  const earlier = await readJournal(join(runFolder, "journal.jsonl"));
  return cleanUpRun(DRILL(), dependencies(runFolder, options), { earlier, spare: () => undefined });
}

/** The sandbox's own inventory is the oracle. */
async function left(...types: readonly string[]): Promise<readonly string[]> {
  const items = await rig.clock.during(() => rig.sandbox.inventory());
  return items.flatMap(({ type, region, id }) => (types.includes(type) ? [`${region} ${id}`] : [])).toSorted();
}
const snapshotsLeft = () => left("ec2.snapshot", "dlm.policy");

const remaining = ({ record }: RunResult) =>
  record.ledger.flatMap(({ state, region, id }) => (state === "deleted" ? [] : [`${region} ${id}`])).toSorted();

describe("what a policy of the run has made, without a tag of the run on it", () => {
  it("is gone with the run that one SIGINT stopped, in both Regions, and the report counts it", async () => {
    let most = 0;
    const onEvent = ({ type }: JournaledEvent) => {
      if (type === "abort-requested") void snapshotsLeft().then(({ length }) => (most = length));
    };
    const run = await play({ key: "own key", onEvent });
    expect(most).toBeGreaterThan(6);
    const calls = rig.sandbox.world.log.flatMap(({ what, id }) => (what === "call" ? [id] : []));
    const policyGone = calls.indexOf("dlm:DeleteLifecyclePolicy");
    expect(policyGone).toBeGreaterThan(-1);
    expect(calls.indexOf("ec2:DeleteSnapshot")).toBeGreaterThan(policyGone);
    expect(await snapshotsLeft()).toEqual([]);
    expect(remaining(run)).toEqual([]);
    expect(run.exitCode).toBe(130);
    const made = run.record.ledger.filter(({ kind, id }) => kind === "ec2.snapshot" && id !== undefined);
    expect(new Set(made.map(({ region }) => region))).toEqual(new Set(["us-east-1", "us-west-2"]));
    const report = await renderMarkdown(resultOf(run.record));
    expect(report).toContain(`${made.length + 1} resources made, ${made.length + 1} confirmed gone`);
    expect(report).toContain(`looked for when it was gone: ${made.length} found`);
  });

  it.each([
    ["while the policy worked", ({ type }: JournaledEvent) => type === "abort-requested"],
    [
      "when its policy was noted",
      (event: JournaledEvent) => event.type === "resource-intended" && !!event.resource.madeBy,
    ],
    ["when its policy was gone", ({ type }: JournaledEvent) => type === "resource-deleted"],
  ])("is gone after a kill %s and a cleanup", async (_when, killAt) => {
    const run = await play({ key: "own key", killAt });
    expect((await snapshotsLeft()).length).toBeGreaterThan(6);
    const cleaned = await cleanUp(run.runFolder, { key: "own key" });
    expect(remaining(cleaned)).toEqual([]);
    expect(await snapshotsLeft()).toEqual([]);
  });

  it("is kept with a run that keeps, told one by one, and gone when that is cleaned up", async () => {
    const run = await play({ key: "own key", keep: true });
    const there = await snapshotsLeft();
    expect(there.length).toBeGreaterThan(6);
    const kept = run.record.ledger.flatMap(({ state, region, id }) =>
      state === "kept" && id !== undefined ? [`${region} ${id}`] : [],
    );
    expect(kept.toSorted()).toEqual(there);
    const cleaned = await cleanUp(run.runFolder, { key: "own key" });
    expect(remaining(cleaned)).toEqual([]);
    expect(await snapshotsLeft()).toEqual([]);
  });

  it("is listed with exit 6 and left alone where nothing on a copy says whose it is", async () => {
    const run = await play({ key: "no key" });
    const copies = await snapshotsLeft();
    expect(copies.length).toBeGreaterThan(3);
    expect(copies.every((name) => name.startsWith("us-west-2 snap-"))).toBe(true);
    expect(remaining(run)).toEqual(copies);
    expect(run.exitCode).toBe(6);
    const [, id] = copies[0]!.split(" ");
    await rig.clock.during(() => clients.dr.deleteSnapshot({ SnapshotId: id! }));
    const cleaned = await cleanUp(run.runFolder, { key: "no key" });
    expect(remaining(cleaned)).toEqual(copies.slice(1));
    expect(await snapshotsLeft()).toEqual(copies.slice(1));
  });

  it("is never said to be gone where it could not be looked for", async () => {
    const onEvent = ({ type }: JournaledEvent) => {
      if (type !== "abort-requested") return;
      fault = (operation, region) =>
        operation === "DescribeSnapshots" && region === "us-west-2"
          ? { kind: "error", error: new AwsError("UnauthorizedOperation", "You are not authorized.", 403) }
          : undefined;
    };
    const run = await play({ key: "own key", onEvent });
    expect(run.exitCode).toBe(6);
    expect(run.record.finished?.leftovers).toContainEqual({
      kind: "ec2.snapshot",
      region: "us-east-1",
      id: expect.stringMatching(/^\(whatever dlm.policy policy-[0-9a-f]+ has made\)$/),
    });
    fault = undefined;
    expect(remaining(await cleanUp(run.runFolder, { key: "own key" }))).toEqual([]);
    expect(await snapshotsLeft()).toEqual([]);
  });
});

describe("gameday cleanup", () => {
  async function searchFor(io: CapturedIo, known: readonly KnownRun[]): Promise<Search> {
    const services = (_region: string, _runId: string, signal?: AbortSignal) =>
      servicesFor(rig.connection, { ...rig.scope(), ...(signal ? { signal } : {}) });
    const hands = { connection: rig.connection, account: "111122223333", services };
    return { io, hands, known, named: new Set([RUN]), regions: ["us-east-1", "us-west-2"] };
  }
  const placesOf = (leftovers: readonly Leftover[]) =>
    leftovers.flatMap(({ entry }) => (entry.id === undefined ? [] : [`${entry.region} ${entry.id}`])).toSorted();

  it("finds by the policy's tag alone what it has made, and deletes it after the policy", async () => {
    await using io = await capturedIo();
    await rig.clock.during(async () => {
      const { KeyMetadata } = await clients.kms.createKey({ Tags: [{ TagKey: "gameday:run", TagValue: RUN }] });
      const { Arn = "" } = KeyMetadata ?? {};
      await clients.dlm.createLifecyclePolicy({ ...policyOf({ CmkArn: Arn }), Tags: { "gameday:run": RUN } });
    });
    await rig.clock.sleep(20 * HOUR_MS);
    const there = await snapshotsLeft();
    expect(there.length).toBeGreaterThan(6);
    const search = await searchFor(io, []);
    const { leftovers, unseen } = await findLeftovers(search);
    expect(unseen).toEqual([]);
    const judged = await judgeLeftovers(search, leftovers);
    expect(judged.filter(({ stays }) => stays)).toEqual([]);
    expect(placesOf(judged)).toEqual(expect.arrayContaining([...there]));
    const removals = await removeLeftovers(search, judged);
    expect(removals.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(await snapshotsLeft()).toEqual([]);
  });

  it("finds it again where it was cut off when the policy was gone", async () => {
    await using io = await capturedIo();
    await rig.clock.during(() =>
      clients.dlm.createLifecyclePolicy({ ...policyOf({}, []), Tags: { "gameday:run": RUN } }),
    );
    await rig.clock.sleep(20 * HOUR_MS);
    const search = await searchFor(io, []);
    const cut = new AbortController();
    fault = (operation) => {
      if (operation !== "DeleteSnapshot") return undefined;
      cut.abort(new Error("cut off"));
      return { kind: "error", error: new AwsError("Unavailable", "The service is unavailable.", 503) };
    };
    const look = async () => judgeLeftovers(search, (await findLeftovers(search)).leftovers);
    await removeLeftovers({ ...search, stop: cut.signal }, await look());
    const there = await snapshotsLeft();
    expect(there.length).toBeGreaterThan(2);
    expect(there.every((name) => name.includes("snap-"))).toBe(true);
    const found = await look();
    expect(placesOf(found)).toEqual(there);
    fault = undefined;
    await removeLeftovers(search, found);
    expect(await snapshotsLeft()).toEqual([]);
  });

  it("finds by the ledger what a policy has made that is gone, and leaves alone what may be another's", async () => {
    await using io = await capturedIo();
    const run = await play({ key: "no key", killAt: ({ type }) => type === "resource-deleted" });
    const there = await snapshotsLeft();
    const journal = await readJournal(join(run.runFolder, "journal.jsonl"));
    const known = [{ folder: { runId: RUN, path: run.runFolder }, journal, record: foldEvents(journal.events) }];
    const search = await searchFor(io, known);
    const { leftovers } = await findLeftovers(search);
    expect(placesOf(leftovers)).toEqual(there);
    const judged = await judgeLeftovers(search, leftovers);
    const staying = judged.filter(({ stays }) => stays?.remains);
    expect(placesOf(staying)).toEqual(there.filter((name) => name.startsWith("us-west-2")));
    expect(staying[0]?.stays?.why).toContain("may be a copy that the run's policy");
    // Whoever can tell has deleted one by hand: it is not listed again.
    const { id = "", region } = staying[0]!.entry;
    await rig.clock.during(() => clients.dr.deleteSnapshot({ SnapshotId: id }));
    expect(placesOf(await judgeLeftovers(search, leftovers))).not.toContain(`${region} ${id}`);
  });
});

describe("what is not of the run's making", () => {
  it("stays: another policy's snapshots and copies, and a policy's that was there before the run", async () => {
    const CmkArn = await rig.clock.during(async () => (await clients.kms.createKey({})).KeyMetadata!.Arn!);
    await rig.clock.during(() => newPolicy({ CmkArn }));
    // And one at home in the Region that is copied to, with volumes of the same size.
    await rig.clock.during(async () => {
      await newVolume(clients.dr, "us-west-2a");
      const there = new DLM(clientSettings(rig.sandbox, "us-west-2"));
      await there.createLifecyclePolicy(policyOf({}, []));
      there.destroy();
    });
    await rig.clock.sleep(HOUR_MS);
    const run = await play({ key: "own key" });
    expect(remaining(run)).toEqual([]);
    const there = await snapshotsLeft();
    expect(there.filter((name) => name.startsWith("us-west-2")).length).toBeGreaterThan(2);
    const { Snapshots = [] } = await rig.clock.during(() => clients.dr.describeSnapshots({ OwnerIds: ["self"] }));
    expect(new Set(Snapshots.map(({ KmsKeyId }) => KmsKeyId))).toEqual(new Set([CmkArn, undefined]));
  });

  it.each([
    ["its id", (id: string) => id],
    ["what its id begins with", (id: string) => id.slice(0, "policy-0".length)],
  ])(
    "stays where only a journal says that the run made its policy, by %s, and the policy is gone",
    async (_by, named) => {
      const policyId = await rig.clock.during(() => newPolicy());
      await rig.clock.sleep(20 * HOUR_MS);
      await rig.clock.during(() => clients.dlm.deleteLifecyclePolicy({ PolicyId: policyId }));
      const there = await snapshotsLeft();
      expect(there.length).toBeGreaterThan(6);
      const madeBy = { kind: "dlm.policy", region: "us-east-1", id: named(policyId) };
      const events = there.flatMap((place, index): Timed[] => {
        const [region = "", id = ""] = place.split(" ");
        const key = `made/${place}`;
        const resource = {
          key,
          kind: "ec2.snapshot",
          region,
          token: `t${index}`,
          tags: {},
          attributes: {},
          step: "policy",
        };
        return [
          { t: 2, type: "resource-intended", resource: { ...resource, madeBy } },
          { t: 3, type: "resource-created", key, id, adopted: true },
        ];
      });
      const identity: Timed = {
        t: 1,
        type: "identity-confirmed",
        account: "111122223333",
        arn: "a",
        clockOffsetMs: {},
      };
      const journal = chained([started({ runId: RUN, mode: "live" }), identity, ...events], undefined).text;
      await writeFile(join(folder, "journal.jsonl"), journal);
      const cleaned = await cleanUp(folder, { key: "no key" });
      expect(await snapshotsLeft()).toEqual(there);
      expect(remaining(cleaned)).toEqual(there);
      expect(cleaned.exitCode).toBe(6);
    },
  );

  it("is nothing that the ledger notes: a policy that was there when the run began, in its Terraform or not", async () => {
    const id = await rig.clock.during(() => newPolicy());
    const services = servicesFor(rig.connection, rig.scope());
    const { makes } = RESOURCE_KINDS.get("dlm.policy")!;
    const maker = { kind: "dlm.policy", region: "us-east-1", id };
    const note = (since: number) => makes!.note(maker, { region: "us-east-1", runId: RUN, since }, services);
    expect(await note(rig.clock.now() - 1_000)).toMatchObject({ copies: [{ region: "us-west-2" }, {}] });
    await rig.clock.sleep(HOUR_MS);
    expect(await note(rig.clock.now())).toBeUndefined();
  });
});
