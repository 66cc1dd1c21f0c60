import { decodeTime, isValid } from "ulid";
import { remaining } from "../../engine/ledger.ts";
import { toFailureRecord } from "../../engine/failure.ts";
import type { TaggedResource } from "../../engine/resource-kind.ts";
import { DEADLINE_TAG, DRILL_TAG, EXPIRES_TAG, RUN_TAG, STEP_TAG } from "../../engine/tags.ts";
import { createToken } from "../../engine/ledger.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import type { Io } from "../io.ts";
import { fromMakers } from "./from-makers.ts";
import type { Hands } from "./hands.ts";
import type { KnownRun } from "./known-runs.ts";
import { placeOf, type Leftover } from "./leftover.ts";

export interface Search {
  readonly io: Io;
  readonly hands: Hands;
  readonly known: readonly KnownRun[];
  /** Only these runs; all when empty. */
  readonly named: ReadonlySet<string>;
  readonly regions: readonly string[];
}

export interface Found {
  readonly leftovers: readonly Leftover[];
  /** What could not be looked for. */
  readonly unseen: readonly string[];
}

/** What the ledgers here and the run tags in the Regions tell, each resource once. */
export async function findLeftovers(search: Search): Promise<Found> {
  const listed = search.known.filter(({ folder }) => isWanted(search, folder.runId)).flatMap(fromLedger);
  const { tagged, unseen } = await fromTags(search);
  const places = new Set(listed.map(({ entry }) => placeOf(entry)));
  const gone = new Set(
    search.known.flatMap(({ record }) => record.ledger.filter(({ state }) => state === "deleted").map(placeOf)),
  );
  const isNew = ({ entry }: Leftover) => !places.has(placeOf(entry)) && !gone.has(placeOf(entry));
  const further = tagged.filter(isNew);
  for (const { entry } of further) places.add(placeOf(entry));
  const made = await fromMakers(search, [...listed, ...further]);
  return { leftovers: [...listed, ...further, ...made.found.filter(isNew)], unseen: [...unseen, ...made.unseen] };
}

function isWanted({ named }: Search, runId: string): boolean {
  return named.size === 0 || named.has(runId);
}

function fromLedger({ record }: KnownRun): readonly Leftover[] {
  return remaining(record.ledger).map((entry) => ({
    runId: record.run.runId,
    drill: record.run.drill.name,
    entry,
    since: Date.parse(record.startedAt.at),
    ...(entry.keptUntil === undefined ? {} : { expires: entry.keptUntil }),
  }));
}

async function fromTags(search: Search): Promise<{ tagged: readonly Leftover[]; unseen: readonly string[] }> {
  const tagged: Leftover[] = [];
  const unseen: string[] = [];
  for (const kind of RESOURCE_KINDS.values()) {
    const { sweep } = kind;
    if (!sweep) continue;
    for (const region of sweep.global ? search.regions.slice(0, 1) : search.regions) {
      try {
        const found = await sweep.list({ region }, search.hands.services(region, ""));
        tagged.push(...found.filter((one) => isRunOf(search, one)).map((one) => fromTag(kind.kind, one)));
      } catch (error) {
        unseen.push(`${kind.kind} in ${region}: ${toFailureRecord(error).message}`);
      }
    }
  }
  return { tagged, unseen };
}

/** A tag whose value is no run id was not put there by gameday. */
function isRunOf(search: Search, { tags }: TaggedResource): boolean {
  const runId = Object.hasOwn(tags, RUN_TAG) ? tags[RUN_TAG] : undefined;
  return runId !== undefined && isValid(runId) && runId === runId.toUpperCase() && isWanted(search, runId);
}

function fromTag(kind: string, found: TaggedResource): Leftover {
  const { tags, region, id } = found;
  const runId = tags[RUN_TAG] ?? "";
  const key = `sweep/${region}/${kind}/${id}`;
  const expires = tags[EXPIRES_TAG];
  const deadline = tags[DEADLINE_TAG];
  return {
    runId,
    drill: tags[DRILL_TAG] ?? "",
    since: found.createdAt ?? decodeTime(runId),
    ...(expires === undefined ? {} : { expires }),
    ...(deadline === undefined ? {} : { deadline }),
    entry: {
      key,
      kind,
      region,
      id,
      token: createToken(runId, key),
      tags,
      attributes: found.attributes ?? {},
      step: tags[STEP_TAG] ?? "",
      state: "created",
    },
  };
}
