import type { LifecyclePolicy } from "@aws-sdk/client-dlm";
import type { Snapshot } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { tagsOf } from "../aws/tags.ts";
import { policyOf, POLICY_TAG } from "../aws/watch/kinds/policies.ts";
import { snapshotsWith } from "../aws/watch/kinds/snapshots.ts";
import type { JsonObject, LedgerEntry, MadeResource, Makes, SweepPlace } from "../engine/resource-kind.ts";
import { ownerByTags } from "../engine/ownership.ts";
import { RUN_TAG, type Tags } from "../engine/tags.ts";
import type { DrillServices } from "../steps/services.ts";
import { keyTags } from "./key.ts";
import { lookAtSnapshot } from "./look.ts";

/** DLM gives its instants in whole seconds, and clocks are never quite together. */
const MARGIN_MS = 60_000;

/** What a policy copies to another Region, as far as a copy can be told by it. */
const copyRule = z.object({
  region: z.string(),
  encrypted: z.boolean(),
  copyTags: z.boolean(),
  /** ARN; absent for a rule that takes the Region's default key, or none. */
  key: z.string().optional(),
  /** The run itself has made the key: whatever is encrypted with it is the run's. */
  ownKey: z.boolean(),
});
const noteShape = z.object({ createdAt: z.number(), copies: z.array(copyRule) });

type Note = z.output<typeof noteShape>;
type CopyRule = z.output<typeof copyRule>;

/**
 * The snapshots that a DLM policy has made, and their copies in other Regions. DLM marks the snapshots with the policy's id. A copy may
 * carry no mark at all (EC2: a copy has no field for its source, and takes over no tag unless asked to): then its description, or a
 * key of the run's own tells, and else nothing certain does.
 */
export const policySnapshots: Makes<DrillServices> = {
  kind: "ec2.snapshot",

  async note({ id, region }, place, services) {
    const policy = await policyOf({ aws: services.aws, region }, id);
    const createdAt = policy?.DateCreated?.getTime();
    if (!policy || createdAt === undefined || createdAt < (place.since ?? 0) - MARGIN_MS) return undefined;
    const copies = await Promise.all(rulesOf(policy).map((rule) => withOwnKey(rule, place, services)));
    return { createdAt, copies } satisfies Note as JsonObject;
  },

  // A policy that could not be asked for its rules has copied to the drill's other Region, if to any that is known.
  regions({ maker, note }, { scope }) {
    return [...new Set([maker.region, ...copiesOf(note).map(({ region }) => region), scope.regions.dr])];
  },

  async list({ maker, note, known, region }, services) {
    const { id } = maker;
    const marked = await markedIn(services, maker.region, id);
    if (region === maker.region) return marked.flatMap((snapshot) => made(snapshot, region) ?? []);
    const sources = [...marked.map(sourceOf), ...known.filter(isSource(maker.region)).map(knownSource)];
    const rules = copiesOf(note).filter((rule) => rule.region === region);
    const candidates = await candidatesIn(services, region, { id, sources, rules });
    return candidates.flatMap((candidate): readonly MadeResource[] => {
      const verdict = weigh(candidate, { id, createdAt: createdAtOf(note), sources, rules });
      const one = verdict === "another's" ? undefined : made(candidate, region);
      if (!one) return [];
      return verdict === "certain" ? [one] : [{ ...one, uncertain: uncertainty(candidate, id) }];
    });
  },

  async markOn({ region, id: snapshotId }, { id, runId }, services) {
    const snapshot = await lookAtSnapshot(services, region, snapshotId);
    if (!snapshot) return undefined;
    const { KmsKeyId } = snapshot;
    const keyOwner = KmsKeyId === undefined ? "nobody" : ownerByTags(await keyTags(services, region, KmsKeyId), runId);
    if (keyOwner === "run") return "run";
    return tagsOf(snapshot.Tags)[POLICY_TAG] === id || isNamedIn(snapshot, id) ? "maker" : undefined;
  },
};

function copiesOf(note: JsonObject): readonly CopyRule[] {
  return noteShape.safeParse(note).data?.copies ?? [];
}

function createdAtOf(note: JsonObject): number {
  return noteShape.safeParse(note).data?.createdAt ?? 0;
}

function rulesOf({ PolicyDetails: details = {} }: LifecyclePolicy): readonly Omit<CopyRule, "ownKey">[] {
  const ofSchedules = (details.Schedules ?? []).flatMap(({ CrossRegionCopyRules: rules = [] }) =>
    rules.map((rule) => ({
      region: regionOf(rule.Target ?? rule.TargetRegion),
      encrypted: rule.Encrypted ?? false,
      copyTags: rule.CopyTags ?? false,
      ...(rule.CmkArn === undefined ? {} : { key: rule.CmkArn }),
    })),
  );
  const ofEvents = (details.Actions ?? []).flatMap(({ CrossRegionCopy: copies = [] }) =>
    copies.map(({ Target, EncryptionConfiguration: encryption }) => ({
      region: regionOf(Target),
      encrypted: encryption?.Encrypted ?? false,
      copyTags: false,
      ...(encryption?.CmkArn === undefined ? {} : { key: encryption.CmkArn }),
    })),
  );
  const ofDefaults = (details.CrossRegionCopyTargets ?? []).map(({ TargetRegion }) => ({
    region: regionOf(TargetRegion),
    encrypted: false,
    copyTags: details.CopyTags ?? false,
  }));
  return [...ofSchedules, ...ofEvents, ...ofDefaults].filter(({ region }) => region !== "");
}

/** "The target Region or the Amazon Resource Name (ARN) of the target Outpost" (DLM, CrossRegionCopyRule). */
function regionOf(target = ""): string {
  return target.startsWith("arn:") ? (target.split(":")[3] ?? "") : target;
}

async function withOwnKey(
  rule: Omit<CopyRule, "ownKey">,
  { runId }: SweepPlace,
  services: DrillServices,
): Promise<CopyRule> {
  if (rule.key === undefined) return { ...rule, ownKey: false };
  const tags = await keyTags(services, rule.region, rule.key);
  return { ...rule, ownKey: runId !== undefined && tags[RUN_TAG] === runId };
}

function markedIn(services: DrillServices, region: string, policyId: string): Promise<readonly Snapshot[]> {
  return snapshotsWith({ aws: services.aws, region }, [{ Name: `tag:${POLICY_TAG}`, Values: [policyId] }]);
}

/** What is known of a snapshot that the policy has made: what its copies have of it. */
interface Source {
  readonly id: string;
  readonly sizeGib: number;
  readonly tags: Tags;
}

function sourceOf({ SnapshotId: id = "", VolumeSize: sizeGib = 0, Tags = [] }: Snapshot): Source {
  return { id, sizeGib, tags: tagsOf(Tags) };
}

/** The step that waits for the policy's snapshot enters it in the ledger itself. */
function isSource(region: string): (entry: LedgerEntry) => boolean {
  return (entry) =>
    entry.region === region && (entry.madeBy !== undefined || entry.attributes["madeBy"] === "lifecycle policy");
}

/** Also one that is gone by now. */
function knownSource({ id = "", attributes, tags }: LedgerEntry): Source {
  return { id, sizeGib: Number(attributes["volumeSizeGib"] ?? 0), tags };
}

function made({ SnapshotId: id, StartTime, Tags, VolumeSize }: Snapshot, region: string): MadeResource | undefined {
  if (id === undefined) return undefined;
  return {
    id,
    region,
    tags: tagsOf(Tags),
    attributes: { volumeSizeGib: VolumeSize ?? 0 },
    ...(StartTime ? { createdAt: StartTime.getTime() } : {}),
  };
}

interface Making {
  readonly id: string;
  readonly sources: readonly Source[];
  readonly rules: readonly CopyRule[];
}

/** All that can be a copy of one of the sources; each once. */
async function candidatesIn(
  services: DrillServices,
  region: string,
  { id, sources, rules }: Making,
): Promise<readonly Snapshot[]> {
  const look = { aws: services.aws, region };
  const sizes = [...new Set(sources.map(({ sizeGib }) => sizeGib))].filter((size) => size > 0).map(String);
  const searches = [
    await markedIn(services, region, id),
    await snapshotsWith(look, [{ Name: "description", Values: [`*${id}*`] }]),
    ...(rules.length > 0 && sizes.length > 0
      ? [await snapshotsWith(look, [{ Name: "volume-size", Values: sizes }])]
      : []),
  ];
  return [...new Map(searches.flat().map((snapshot) => [snapshot.SnapshotId, snapshot])).values()];
}

function weigh(
  candidate: Snapshot,
  { id, createdAt, sources, rules }: Making & Pick<Note, "createdAt">,
): "certain" | "possible" | "another's" {
  const tags = tagsOf(candidate.Tags);
  const { Description = "", StartTime } = candidate;
  const marked = tags[POLICY_TAG];
  if (marked !== undefined) return marked === id ? "certain" : "another's";
  if ((StartTime?.getTime() ?? 0) < createdAt - MARGIN_MS) return "another's";
  if (isNamedIn(candidate, id)) return "certain";
  const named = /\bsnap-[0-9a-f]{8,17}\b/.exec(Description)?.[0];
  if (named !== undefined) return sources.some((source) => source.id === named) ? "certain" : "another's";
  // Made by another service of AWS, or by a run of gameday, which marks what it makes.
  if (Object.keys(tags).some((key) => key.startsWith("aws:")) || Object.hasOwn(tags, RUN_TAG)) return "another's";
  const fitting = rules.filter((rule) => fits(candidate, rule, sources));
  if (fitting.some(({ ownKey }) => ownKey)) return "certain";
  return fitting.length > 0 ? "possible" : "another's";
}

/** Whether a copy by this rule would look like that. */
function fits(candidate: Snapshot, { encrypted, key, copyTags }: CopyRule, sources: readonly Source[]): boolean {
  if (encrypted && candidate.Encrypted !== true) return false;
  if (encrypted && key !== undefined && candidate.KmsKeyId !== key) return false;
  const has = tagsOf(candidate.Tags);
  return sources.some(
    ({ sizeGib, tags }) =>
      sizeGib === candidate.VolumeSize &&
      (!copyTags || Object.entries(userTags(tags)).every(([name, value]) => has[name] === value)),
  );
}

/** Not the beginning of another's id. */
function isNamedIn({ Description = "" }: Snapshot, policyId: string): boolean {
  return Description.split(/[^\w-]+/).includes(policyId);
}

/** Those it had when it was copied: the run's tag was put on it later. */
function userTags(tags: Tags): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(([name]) => !name.startsWith("aws:") && name !== "dlm:managed" && name !== RUN_TAG),
  );
}

function uncertainty({ SnapshotId: id }: Snapshot, policyId: string): string {
  return `${id} may be a copy that the run's policy ${policyId} made: size, time and encryption fit, and nothing on it says what it is a copy of`;
}
