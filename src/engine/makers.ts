import pLimit from "p-limit";
import type { Budget } from "./budget.ts";
import { destroyEntries } from "./destroy.ts";
import { Failure, toFailureRecord } from "./failure.ts";
import { createToken, remaining } from "./ledger.ts";
import type { JsonObject, LedgerEntry, Maker, Makes, ResourceKind, SweepPlace } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import { cannotLook, enter, isListed, SWEEP_STEP, sweepPlaces } from "./sweep-places.ts";
import { tagOne } from "./tag-remaining.ts";
import { RUN_TAG } from "./tags.ts";

/** So long after a maker is gone AWS may show for the first time what it has made (EC2 API, eventual consistency: up to a minute). */
const SHOWN_AFTER_MS = 60_000;
const CONCURRENCY = 16;
/** What a maker makes before it is gone may come in several goes. */
const MOST_ROUNDS = 4;
/** In place of a note, where the maker could not be asked. */
const NOT_ASKED: JsonObject = { notAsked: true };

/** May an entry of the ledger be destroyed? */
export type MayGo = (entry: LedgerEntry) => boolean;

/**
 * Enters in the ledger, for each maker of the run's own, that it may have made something: before the maker is destroyed, for then
 * nothing tells any more what and where. Without a tag of the run on it, what it made could not be found otherwise.
 */
export async function noteMakers<S>(run: Run<S>, signal: AbortSignal): Promise<void> {
  const known = new Set<string>();
  for (const maker of await findMakers(run, signal)) {
    const key = lineKey(maker);
    if (!known.has(key) && !run.ledgerEntry(key)) await note(run, maker, signal);
    known.add(key);
  }
}

type StepsMaker = Maker & { readonly step: string };

/** What may be one: in the ledger, inside of what is in the ledger, and what only the run's tag tells of. */
async function findMakers<S>(run: Run<S>, signal: AbortSignal): Promise<readonly StepsMaker[]> {
  const { resourceKinds } = run.deps;
  const services = run.deps.services(run.scope({ signal }));
  const found: StepsMaker[] = [];
  for (const entry of remaining(run.record().ledger)) {
    const { kind, region, id, step } = entry;
    if (id !== undefined) found.push({ kind, region, id, step });
    try {
      const held = (await resourceKinds.get(kind)?.holds?.(entry, services)) ?? [];
      found.push(...held.map((maker) => ({ ...maker, step })));
    } catch (error) {
      await cannotLook(run, `what is inside of ${kind} ${id ?? ""}`, region, error);
    }
  }
  for (const { kind, place, list } of sweepPlaces(run)) {
    if (!kind.makes) continue;
    try {
      const tagged = await list(services);
      found.push(...tagged.map(({ region, id }) => ({ kind: kind.kind, region, id, step: SWEEP_STEP })));
    } catch (error) {
      await cannotLook(run, `a ${kind.kind} with this run's tag`, place.region, error);
    }
  }
  return found;
}

async function note<S>(run: Run<S>, { step, ...maker }: StepsMaker, signal: AbortSignal): Promise<void> {
  const { makes } = run.deps.resourceKinds.get(maker.kind) ?? {};
  if (!makes) return;
  const attributes = await askMaker(run, { makes, maker, signal });
  if (!attributes) return;
  const key = lineKey(maker);
  const token = createToken(run.deps.runId, key);
  const standsFor = `whatever ${maker.kind} ${maker.id} has made`;
  const { region } = maker;
  const resource = { key, kind: makes.kind, region, token, tags: {}, attributes, step, madeBy: maker, standsFor };
  await run.emit({ type: "resource-intended", resource });
}

interface Asking<S> {
  readonly makes: Makes<S>;
  readonly maker: Maker;
  readonly signal: AbortSignal;
}

async function askMaker<S>(run: Run<S>, { makes, maker, signal }: Asking<S>): Promise<JsonObject | undefined> {
  try {
    return await makes.note(maker, placeOf(run, maker), run.deps.services(run.scope({ signal })));
  } catch (error) {
    await cannotLook(run, `what ${maker.kind} ${maker.id} makes`, maker.region, error);
    return NOT_ASKED;
  }
}

/** When the run began by the clock that AWS gives its instants by. */
function placeOf<S>(run: Run<S>, { region }: Maker): SweepPlace {
  const offsetMs = run.record().identity?.clockOffsetMs[region] ?? 0;
  return { region, runId: run.deps.runId, since: run.startedAt - offsetMs };
}

function lineKey({ kind, region, id }: Maker): string {
  return `makes/${region}/${kind}/${id}`;
}

/** The lines of the ledger that stand for what makers have made and that are not settled. */
function openLines<S>(run: Run<S>): readonly (LedgerEntry & { readonly madeBy: Maker })[] {
  return remaining(run.record().ledger).flatMap((entry) =>
    entry.madeBy && entry.standsFor !== undefined ? [{ ...entry, madeBy: entry.madeBy }] : [],
  );
}

/**
 * Destroys what the run's makers have made, once each maker is gone. What may be theirs and is not certain to be is listed as
 * remaining, and so is what could not be looked for.
 */
export async function sweepMade<S>(run: Run<S>, budget: Budget, mayGo: MayGo): Promise<void> {
  for (const line of openLines(run)) {
    try {
      budget.signal.throwIfAborted();
      await sweepLine(run, line, { budget, mayGo });
      await run.emit({ type: "resource-deleted", key: line.key, how: "swept" });
    } catch (error) {
      const failure = toFailureRecord(budget.signal.aborted ? budget.signal.reason : error);
      await run.emit({ type: "resource-leaked", key: line.key, failure });
    }
  }
}

type Line = LedgerEntry & { readonly madeBy: Maker };

interface Sweeping {
  readonly budget: Budget;
  readonly mayGo: MayGo;
}

async function sweepLine<S>(run: Run<S>, line: Line, sweeping: Sweeping): Promise<void> {
  const { budget, mayGo } = sweeping;
  await removeMaker(run, line, sweeping);
  let lastLook = false;
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const { found, unseen } = await enterMade(run, line, budget.signal);
    if (found.length === 0 && lastLook) {
      if (unseen) throw unseen.error;
      if (line.attributes["notAsked"]) throw neverAsked(line);
      return;
    }
    const due = rounds === 0 ? thingsMade(run, line) : found;
    await destroyEntries(run, due.filter(mayGo), budget);
    if (found.length === 0) await run.clock.sleep(SHOWN_AFTER_MS, budget.signal);
    lastLook = found.length === 0;
  }
  throw makesMore(line);
}

function thingsMade<S>(run: Run<S>, line: Line): readonly LedgerEntry[] {
  return remaining(run.record().ledger).filter((entry) => isMadeBy(entry, line.madeBy));
}

function isMadeBy({ madeBy, standsFor }: LedgerEntry, { kind, region, id }: Maker): boolean {
  return standsFor === undefined && madeBy?.kind === kind && madeBy.region === region && madeBy.id === id;
}

/** What is left in the ledger, but for what goes after its maker: as long as that is there, more would take its place. */
export function withoutMade<S>(run: Run<S>): readonly LedgerEntry[] {
  const lines = openLines(run);
  return remaining(run.record().ledger).filter((entry) => !lines.some((line) => isMadeBy(entry, line.madeBy)));
}

/** As long as it is there it makes more. Terraform has destroyed it, or else it is destroyed here. */
async function removeMaker<S>(run: Run<S>, line: Line, { budget, mayGo }: Sweeping): Promise<void> {
  const { kind: name, region, id } = line.madeBy;
  const kind = kindOf(run, name);
  const known = run.record().ledger.find((entry) => entry.kind === name && entry.region === region && entry.id === id);
  const services = run.deps.services(run.scope({ signal: budget.signal }));
  if (await kind.isGone({ ...(known ?? line), kind: name, region, id }, services)) return;
  const entry = known ?? (await enter(run, { kind: name, resource: { id, region, tags: {} } }));
  if (mayGo(entry)) await destroyEntries(run, [entry], budget);
  if (run.ledgerEntry(entry.key)?.state !== "deleted") throw makerStays(line);
}

interface Entered {
  readonly found: readonly LedgerEntry[];
  /** The first Region that could not be looked through. */
  readonly unseen: { readonly region: string; readonly error: unknown } | undefined;
}

/** Enters what is not in the ledger yet of what the maker has made. */
async function enterMade<S>(run: Run<S>, line: Line, signal: AbortSignal): Promise<Entered> {
  const { makes } = kindOf(run, line.madeBy.kind);
  const found: LedgerEntry[] = [];
  let unseen: Entered["unseen"];
  if (!makes) return { found, unseen };
  const services = run.deps.services(run.scope({ signal }));
  const search = { maker: line.madeBy, note: line.attributes, known: knownOf(run, line, makes.kind) };
  for (const region of makes.regions(search, services)) {
    try {
      for (const resource of await makes.list({ ...search, region }, services)) {
        if (isListed(run, { kind: makes.kind, ...resource })) continue;
        found.push(await enter(run, { kind: makes.kind, resource, by: { maker: line.madeBy, step: line.step } }));
      }
    } catch (error) {
      signal.throwIfAborted();
      unseen ??= { region, error };
    }
  }
  return { found, unseen };
}

function knownOf<S>(run: Run<S>, { madeBy: maker }: Line, kind: string): readonly LedgerEntry[] {
  return run
    .record()
    .ledger.filter(
      (entry) =>
        entry.kind === kind &&
        entry.standsFor === undefined &&
        (entry.madeBy === undefined || entry.madeBy.id === maker.id),
    );
}

/**
 * Enters all that makers have made so far, destroys nothing, and puts the run's tag on it while AWS still shows whose the maker is: a
 * process that comes later finds it by that.
 */
export async function enterAllMade<S>(run: Run<S>, signal: AbortSignal): Promise<void> {
  for (const line of openLines(run)) {
    const what = `what ${line.madeBy.kind} ${line.madeBy.id} has made`;
    try {
      const { unseen } = await enterMade(run, line, signal);
      if (unseen) await cannotLook(run, what, unseen.region, unseen.error);
      await tagMade(run, line, signal);
    } catch (error) {
      await cannotLook(run, what, line.region, error);
    }
  }
}

/** The right to do so may not be there: what it is worth is lost then, and no more. */
async function tagMade<S>(run: Run<S>, line: Line, signal: AbortSignal): Promise<void> {
  const { madeBy, standsFor: _, ...entry } = line;
  const services = run.deps.services(run.scope({ signal }));
  if ((await run.owners.ownerOf({ ...entry, ...madeBy }, services)) !== "run") return;
  const tags = { [RUN_TAG]: run.deps.runId };
  const untagged = thingsMade(run, line).filter(
    (made) => made.uncertain === undefined && made.tags[RUN_TAG] !== run.deps.runId,
  );
  const atOnce = pLimit(CONCURRENCY);
  const work = (made: LedgerEntry) => tagOne(run, made, { tags, signal }).catch(() => false);
  await Promise.all(untagged.map((made) => atOnce(() => work(made))));
}

function kindOf<S>(run: Run<S>, name: string): ResourceKind<S> {
  const kind = run.deps.resourceKinds.get(name);
  if (!kind) throw new Error(`nothing knows what a ${name} makes`);
  return kind;
}

function neverAsked({ madeBy, kind }: Line): Failure {
  return new Failure({
    code: "maker-not-asked",
    message: `${madeBy.kind} ${madeBy.id} could not be asked what it makes before it was gone: not every ${kind} of its making may have been found`,
    fixer: "operator",
    next: `look for what carries its id as a tag, in every Region that it copied to`,
    resourceId: madeBy.id,
  });
}

function makesMore({ madeBy, kind, region }: Line): Failure {
  return new Failure({
    code: "maker-goes-on",
    message: `however often it was looked for, there was another ${kind} of ${madeBy.kind} ${madeBy.id}, though that is gone`,
    fixer: "operator",
    next: `look for more in ${region}, then gameday resume`,
    resourceId: madeBy.id,
  });
}

function makerStays({ madeBy, kind, region, step }: Line): Failure {
  return new Failure({
    code: "maker-remains",
    message: `${madeBy.kind} ${madeBy.id} of step ${step} is still there and may make more: no ${kind} of its making was destroyed`,
    fixer: "operator",
    next: `delete ${madeBy.id} in ${region}, then gameday resume`,
    resourceId: madeBy.id,
  });
}
