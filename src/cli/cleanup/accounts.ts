import type { Drill } from "../../drill/drill.ts";
import { Failure } from "../../engine/failure.ts";
import type { Io } from "../io.ts";
import { openHands, type Hands } from "./hands.ts";
import type { KnownRun } from "./known-runs.ts";
import { recordedDrill } from "./recorded-drill.ts";

export interface AccountsRequest {
  readonly io: Io;
  readonly profile?: string | undefined;
  /** The runs that are wanted. */
  readonly known: readonly KnownRun[];
  /** An account that was named: the credentials as they are count for it. */
  readonly account?: string | undefined;
  /** Where STS is asked who we are. */
  readonly region: string;
}

export interface OpenAccounts {
  /** One for each account. */
  readonly hands: readonly Hands[];
  /** As whom nobody could look, and why. */
  readonly unseen: readonly string[];
}

/**
 * Finds out who we are before anything else: as the credentials are, and in each role that a drill of the runs assumes, as the runs did.
 * @throws Failure when there is nobody as whom to look.
 */
export async function openAccounts(request: AccountsRequest): Promise<OpenAccounts> {
  const accounts = confirmedAccounts(request);
  const open = new Map<string, Hands>();
  const failures: Failure[] = [];
  for (const role of await rolesOf(request)) {
    try {
      const hands = await openHands({ ...request, accounts, role });
      if (open.has(hands.account)) await hands.connection.close();
      else open.set(hands.account, hands);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failure && open.size === 0) throw failure;
  return { hands: [...open.values()], unseen: failures.map(({ message }) => message) };
}

function confirmedAccounts({ account, known }: AccountsRequest): ReadonlySet<string> {
  if (account !== undefined) return new Set([account]);
  return new Set(known.flatMap(({ record }) => record.identity?.account ?? []));
}

type Role = NonNullable<Drill["assumeRole"]>;

/** Undefined: the credentials as they are. They come first, and only where something was made with them, or nothing tells. */
async function rolesOf({ known, account }: AccountsRequest): Promise<readonly (Role | undefined)[]> {
  const roles = new Map<string, Role | undefined>();
  const read = new Set<string>();
  if (account !== undefined) roles.set("", undefined);
  for (const { record } of known) {
    if (record.identity === undefined || read.has(record.run.drill.sha256)) continue;
    read.add(record.run.drill.sha256);
    const { assumeRole } = await recordedDrill(record);
    roles.set(assumeRole ? JSON.stringify(assumeRole) : "", assumeRole);
  }
  if (roles.size === 0) roles.set("", undefined);
  return [...roles].toSorted(([one], [other]) => one.length - other.length).map(([, role]) => role);
}
