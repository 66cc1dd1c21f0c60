import { Failure } from "./failure.ts";
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
/** How long a resource that was made may stay invisible to Describe (aws: eventual consistency). */
const SETTLING_MS = 15_000;

/**
 * Creates one resource so that no crash and no lost answer makes a second one or an unknown one: the intent is journaled before
 * the call, the id after it; what an earlier try may have made is looked for before the call is sent again.
 */
export async function createResource<S>(request: CreateRequest<S>): Promise<CreatedResource> {
  const kind = kindOf(request);
  const { intent, known } = await journalIntent(request);
  if (known?.id !== undefined) return { id: known.id, attributes: known.attributes, adopted: true };
  const found = known ? await kind.find(intent, request.services) : undefined;
  const made = found ? { ...found, adopted: true } : await sendUntilSettled(request, kind, intent);
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

async function sendUntilSettled<S>(
  request: CreateRequest<S>,
  kind: ResourceKind<S>,
  intent: LedgerEntry,
): Promise<CreatedResource> {
  const { clock, signal } = request.scope;
  for (let sends = 1; ; sends++) {
    signal.throwIfAborted();
    try {
      return { ...(await request.send(intent.token, intent.tags)), adopted: false };
    } catch (error) {
      const again = error instanceof Failure ? error.details.again : undefined;
      if (again === undefined || sends === MOST_SENDS) throw error;
      await clock.sleep(again === "safe" ? FIRST_WAIT_MS * 2 ** Math.min(sends - 1, 4) : SETTLING_MS, signal);
      const found =
        again === "look-first" && !kind.idempotentCreate ? await kind.find(intent, request.services) : undefined;
      if (found) return { ...found, adopted: true };
    }
  }
}
