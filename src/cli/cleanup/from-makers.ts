import { createToken } from "../../engine/ledger.ts";
import { toFailureRecord } from "../../engine/failure.ts";
import type { JsonObject, LedgerEntry, MadeResource, Maker, Makes } from "../../engine/resource-kind.ts";
import { RESOURCE_KINDS } from "../../resources/all.ts";
import type { DrillServices } from "../../steps/services.ts";
import type { Search } from "./find-leftovers.ts";
import type { Leftover } from "./leftover.ts";

export interface FromMakers {
  readonly found: readonly Leftover[];
  /** What could not be looked for. */
  readonly unseen: readonly string[];
}

/** What the makers among the leftovers have made: those that the ledgers noted, and those that are still there and only tagged. */
export async function fromMakers(search: Search, leftovers: readonly Leftover[]): Promise<FromMakers> {
  const found: Leftover[] = [];
  const unseen: string[] = [];
  for (const leftover of leftovers) {
    const maker = leftover.entry.standsFor === undefined ? ownName(leftover.entry) : leftover.entry.madeBy;
    const makes = maker && RESOURCE_KINDS.get(maker.kind)?.makes;
    if (!maker || !makes) continue;
    const look = { makes, maker, services: search.hands.services(maker.region, leftover.runId) };
    const cannotLook = (error: unknown, where = "") =>
      unseen.push(`what ${maker.kind} ${maker.id} has made${where}: ${toFailureRecord(error).message}`);
    const note = await noteOf(leftover, look).catch((error: unknown) => void cannotLook(error));
    const made = { maker, note: note ?? {}, known: ledgerOf(search, leftover.runId) };
    for (const region of note ? makes.regions(made, look.services) : []) {
      try {
        const there = await makes.list({ ...made, region }, look.services);
        found.push(...there.map((one) => madeLeftover(leftover, { maker, kind: makes.kind, one })));
      } catch (error) {
        cannotLook(error, ` in ${region}`);
      }
    }
  }
  return { found, unseen };
}

function ownName({ kind, region, id }: LedgerEntry): Maker | undefined {
  return id === undefined ? undefined : { kind, region, id };
}

interface Asking {
  readonly makes: Makes<DrillServices>;
  readonly maker: Maker;
  readonly services: DrillServices;
}

async function noteOf(
  { entry, runId, since }: Leftover,
  { makes, maker, services }: Asking,
): Promise<JsonObject | undefined> {
  if (entry.standsFor !== undefined) return entry.attributes;
  return makes.note(maker, { region: maker.region, runId, since }, services);
}

function ledgerOf({ known }: Search, runId: string): readonly LedgerEntry[] {
  return known.find(({ folder }) => folder.runId === runId)?.record.ledger ?? [];
}

interface MadeOne {
  readonly maker: Maker;
  readonly kind: string;
  readonly one: MadeResource;
}

function madeLeftover({ runId, drill, entry, since }: Leftover, { maker, kind, one }: MadeOne): Leftover {
  const { id, region, tags, attributes = {}, createdAt, uncertain } = one;
  const key = `made/${region}/${kind}/${id}`;
  return {
    runId,
    drill,
    since: createdAt ?? since,
    entry: {
      key,
      kind,
      region,
      id,
      token: createToken(runId, key),
      tags,
      attributes,
      step: entry.step,
      state: "created",
      madeBy: maker,
      ...(uncertain === undefined ? {} : { uncertain }),
    },
  };
}
