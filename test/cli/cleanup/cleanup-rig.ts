import { EC2, type ResourceType } from "@aws-sdk/client-ec2";
import { findLeftovers, type Search } from "../../../src/cli/cleanup/find-leftovers.ts";
import { servicesOf, type Hands } from "../../../src/cli/cleanup/hands.ts";
import { judgeLeftovers } from "../../../src/cli/cleanup/judge-leftovers.ts";
import type { KnownRun } from "../../../src/cli/cleanup/known-runs.ts";
import type { Leftover } from "../../../src/cli/cleanup/leftover.ts";
import { readRun } from "../../../src/cli/runs/read-run.ts";
import type { LedgerEntry } from "../../../src/engine/resource-kind.ts";
import type { SandboxOptions } from "../../../src/sandbox/sandbox.ts";
import { startAwsRig, type AwsRig } from "../../aws/aws-rig.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { capturedIo, type CapturedIo } from "../captured-io.ts";
import { killedRun, type KilledRun } from "../killed-run.ts";

export const PRIMARY = "us-east-1";
export const DR = "us-west-2";
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** What cleanup does between its first look and its last word, on a sandbox whose clock skips the waits. */
export interface CleanupRig extends AwsRig {
  readonly io: CapturedIo;
  readonly hands: Hands;
  readonly ec2: { readonly primary: EC2; readonly dr: EC2 };
  search(more?: Partial<Search>): Search;
  /** A run whose folder is here. */
  known(run: Pick<KilledRun, "runId" | "made" | "more" | "process">): Promise<KnownRun>;
  look(search: Search): Promise<{ readonly leftovers: readonly Leftover[]; readonly unseen: readonly string[] }>;
  volume(tags?: Readonly<Record<string, string>>): Promise<string>;
  /** By the sandbox's own word. */
  there(): Promise<readonly string[]>;
}

export async function startCleanupRig(options: Partial<SandboxOptions> = {}): Promise<CleanupRig> {
  const rig = await startAwsRig(options);
  const io = await capturedIo();
  const { clock, connection, sandbox } = rig;
  const hands: Hands = {
    connection,
    account: sandbox.account,
    services: (region, runId, signal) =>
      servicesOf({ connection, io, region, runId, ...(signal === undefined ? {} : { signal }) }),
  };
  const ec2 = { primary: new EC2(clientSettings(sandbox, PRIMARY)), dr: new EC2(clientSettings(sandbox, DR)) };
  return {
    ...rig,
    io,
    hands,
    ec2,
    search: (more = {}) => ({ io, hands, known: [], named: new Set(), regions: [PRIMARY, DR], ...more }),
    async known(run) {
      const path = await clock.during(() => killedRun({ cwd: io.cwd, sandbox, ...run }));
      return { folder: { runId: run.runId, path }, ...(await clock.during(() => readRun(path))) };
    },
    async look(search) {
      const { leftovers, unseen } = await findLeftovers(search);
      return { leftovers: await judgeLeftovers(search, leftovers), unseen };
    },
    async volume(tags = {}) {
      const made = await clock.during(() =>
        ec2.dr.createVolume({ AvailabilityZone: `${DR}a`, Size: 1, ...tagging("volume", tags) }),
      );
      await clock.sleep(MINUTE_MS);
      return made.VolumeId!;
    },
    async there() {
      const items = await clock.during(() => sandbox.inventory());
      return items.flatMap(({ id, state }) => (state === "deleting" ? [] : [id]));
    },
    async close() {
      ec2.primary.destroy();
      ec2.dr.destroy();
      await rig.close();
      await io[Symbol.asyncDispose]();
    },
  };
}

export function tagging(type: ResourceType, tags: Readonly<Record<string, string>>) {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags }] };
}

/** What nothing but a tag would tell of, in the DR Region. */
export function leftoverOf(
  runId: string,
  { entry, ...more }: Partial<Omit<Leftover, "entry">> & { readonly entry?: Partial<LedgerEntry> } = {},
): Leftover {
  const common = { key: "sweep", kind: "ec2.volume", region: DR, token: "t", tags: {}, attributes: {}, step: "" };
  return {
    runId,
    drill: "",
    since: 0,
    ...more,
    entry: { ...common, id: "vol-00000000000000000", state: "created", ...entry },
  };
}
