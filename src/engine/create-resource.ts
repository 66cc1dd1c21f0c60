import { Failure, type FailureDetails } from "./failure.ts";
import { findSettled } from "./find-settled.ts";
import { createToken } from "./ledger.ts";
import type { FoundResource, JsonObject, LedgerEntry, ResourceKind } from "./resource-kind.ts";
import type { Run } from "./run.ts";
import type { StepScope } from "./step-kind.ts";
import { TOKEN_TAG, type Tags } from "./tags.ts";

export interface CreateRequest<S> {
  readonly run: Run<S>;
  readonly scope: StepScope;
  readonly services: S;
  /** Which create of this attempt it is, from 0: the same in every process that runs the attempt. */
  readonly ordinal: number;
  readonly kind: string;
  readonly where: { readonly region: string; readonly attributes?: JsonObject };
  readonly send: (token: string, tags: Tags) => Promise<FoundResource>;
}

export type CreatedResource = FoundResource & { readonly adopted: boolean };

/** How often a create that may be sent again is sent in all. */
const MOST_SENDS = 8;
const FIRST_WAIT_MS = 2_000;
/** Between tries while AWS says no for now: what is in the way takes minutes. The step's time budget ends it. */
const LATER_MS = 30_000;

/**
 * Creates one resource so that no crash and no lost answer makes a second one or an unknown one: the intent is journaled before
 * the call, the id after it; what an earlier try may have made is looked for before the call is sent again.
 */
export async function createResource<S>(request: CreateRequest<S>): Promise<CreatedResource> {
  const kind = kindOf(request);
  const { intent, known } = await journalIntent(request);
  if (known?.id !== undefined) return { id: known.id, attributes: known.attributes, adopted: true };
  const found = known ? await findEarlier(request, kind, intent) : undefined;
  const made = found ? { ...found, adopted: true } : await sendOrForget(request, kind, { intent, sentBefore: !!known });
  await request.run.emit({
    type: "resource-created",
    key: intent.key,
    id: made.id,
    ...(made.attributes ? { attributes: made.attributes } : {}),
    adopted: made.adopted,
  });
  return made;
}

function kindOf<S>(request: CreateRequest<S>): ResourceKind<S> {
  const kind = request.run.deps.resourceKinds.get(request.kind);
  if (!kind) throw new Error(`step ${request.scope.instance} creates the unknown resource kind ${request.kind}`);
  return kind;
}

async function journalIntent<S>(request: CreateRequest<S>): Promise<{ intent: LedgerEntry; known?: LedgerEntry }> {
  const { run, scope } = request;
  const key = `${scope.instance}#${scope.attempt}/${request.ordinal}`;
  const known = run.ledgerEntry(key);
  if (known) return { intent: known, known };
  const token = createToken(run.deps.runId, key);
  const resource = {
    key,
    kind: request.kind,
    region: request.where.region,
    token,
    tags: { ...scope.tags, [TOKEN_TAG]: token },
    attributes: request.where.attributes ?? {},
    step: scope.instance,
  };
  await run.emit({ type: "resource-intended", resource });
  return { intent: { ...resource, state: "intended" } };
}

interface Sending {
  readonly intent: LedgerEntry;
  /** An earlier process may have sent it. */
  readonly sentBefore: boolean;
}

/** What AWS has refused at the first try was never made: teardown need not look for it. */
async function sendOrForget<S>(
  request: CreateRequest<S>,
  kind: ResourceKind<S>,
  { intent, sentBefore }: Sending,
): Promise<CreatedResource> {
  const state = { mayHaveMade: sentBefore };
  try {
    return await sendUntilSettled(request, kind, { intent, state });
  } catch (error) {
    if (!state.mayHaveMade && againAfter(error) === "refused")
      await request.run.emit({ type: "resource-deleted", key: intent.key, how: "never-created" });
    throw error;
  }
}

async function sendUntilSettled<S>(
  request: CreateRequest<S>,
  kind: ResourceKind<S>,
  { intent, state }: { readonly intent: LedgerEntry; readonly state: { mayHaveMade: boolean } },
): Promise<CreatedResource> {
  const { clock, signal, progress } = request.scope;
  for (let sends = 1; ;) {
    signal.throwIfAborted();
    try {
      return { ...(await request.send(intent.token, intent.tags)), adopted: false };
    } catch (error) {
      const again = againAfter(error);
      if (error instanceof Failure && again === "later") {
        progress(`waiting until AWS takes it: ${error.message}`);
        await clock.sleep(LATER_MS, signal);
        continue;
      }
      if (again === undefined || again === "refused" || sends === MOST_SENDS) throw error;
      state.mayHaveMade ||= again === "look-first";
      if (again === "safe" || kind.idempotentCreate) {
        await clock.sleep(FIRST_WAIT_MS * 2 ** Math.min(sends - 1, 4), signal);
      } else {
        const found = await findMade(request, kind, intent);
        if (found) return { ...found, adopted: true };
      }
      sends++;
    }
  }
}

function againAfter(error: unknown): FailureDetails["again"] {
  return error instanceof Failure ? error.details.again : undefined;
}

/** What an earlier process has made. Where AWS would make a second one, it has to be sure that there is none. */
function findEarlier<S>(
  request: CreateRequest<S>,
  kind: ResourceKind<S>,
  intent: LedgerEntry,
): Promise<FoundResource | undefined> {
  return kind.idempotentCreate ? kind.find(intent, request.services) : findMade(request, kind, intent);
}

function findMade<S>(
  { scope, services }: CreateRequest<S>,
  kind: ResourceKind<S>,
  entry: LedgerEntry,
): Promise<FoundResource | undefined> {
  return findSettled({ kind, entry, services, clock: scope.clock, signal: scope.signal });
}
