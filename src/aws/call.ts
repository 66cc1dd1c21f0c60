import { Failure } from "../engine/failure.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import { isoInstant } from "../time/clock.ts";
import type { ServiceName } from "./clients.ts";
import type { AwsConnection, ClientAddress } from "./connection.ts";
import { checkOrigin, lookAtOrigins, vouchedOrigin } from "./origins.ts";
import { awsErrorCode, httpStatusOf, isExpired } from "./error-codes.ts";
import { explainAwsError } from "./explain-error.ts";

/** A command object of an SDK client. */
export interface SdkCommand {
  /** The operation's Smithy schema: its third member is the operation's name. */
  readonly schema?: unknown;
  readonly middlewareStack: Parameters<typeof lookAtOrigins>[0]["middlewareStack"];
}

interface SdkClient {
  send(command: SdkCommand, options: { readonly abortSignal?: AbortSignal }): Promise<SdkOutput>;
}
interface SdkOutput {
  readonly $metadata: SdkMetadata;
}
interface SdkError extends Error {
  readonly $metadata?: SdkMetadata;
}
interface SdkMetadata {
  readonly httpStatusCode?: number | undefined;
  readonly requestId?: string;
  readonly attempts?: number;
}

export interface Caller {
  readonly connection: AwsConnection;
  readonly scope: ServiceScope;
  /** What ends reads early. Absent for polls that several scopes share. */
  readonly signal?: AbortSignal;
}

/** Reads may be cut off in mid-flight: they change nothing. */
const READS = /^(Describe|Get|List)/;
/** What must still go out after an abort, because it stops something. */
const STOPS: ReadonlySet<string> = new Set(["CancelCommand"]);

/**
 * Sends one command for a scope: refuses the lost primary Region, records the call, renews expired credentials once, and turns
 * AWS's errors into failures.
 */
export async function callAws(
  caller: Caller,
  address: ClientAddress<ServiceName>,
  command: SdkCommand,
): Promise<unknown> {
  const operation = operationOf(command);
  if (!STOPS.has(operation)) caller.signal?.throwIfAborted();
  await refuseLostPrimary(caller.scope, address.region, `${address.service}:${operation}`);
  const generation = caller.connection.generation;
  try {
    return await attempt(caller, address, command);
  } catch (error) {
    if (!isExpired(error)) throw explained(error, caller, address, operation);
  }
  caller.connection.renewCredentials(generation);
  try {
    return await attempt(caller, address, command);
  } catch (error) {
    throw explained(error, caller, address, operation);
  }
}

function operationOf(command: SdkCommand): string {
  return Array.isArray(command.schema) ? String(command.schema[2]) : "unknown";
}

/** @throws Failure, after a finding: whatever recovers from the loss of a Region must not lean on it. */
export async function refuseLostPrimary(scope: ServiceScope, region: string, what: string): Promise<void> {
  if (!scope.primaryRefused || region !== scope.regions.primary) return;
  const message = `${what} needs ${region}, which counts as lost; nothing was sent`;
  await scope.finding({ code: "primary-region-called", severity: "critical", message });
  throw new Failure({
    code: "primary-region-called",
    message,
    fixer: "drill author",
    next: "recover from the DR Region alone, or set `allowPrimary: true` on the step and say why",
    retryable: false,
  });
}

async function attempt(caller: Caller, address: ClientAddress<ServiceName>, command: SdkCommand): Promise<SdkOutput> {
  const { connection, scope } = caller;
  const client = (await connection.client(address)) as unknown as SdkClient;
  // Without a signal it is a poll that steps share.
  const passage = { urgent: caller.signal === undefined, signal: caller.signal };
  const answered = await connection.rates.pass(address, operationOf(command), passage);
  const startedAt = isoInstant(connection.clock.now());
  const started = connection.clock.monotonic();
  const origins = new Set<string>();
  lookAtOrigins(command, {
    sending(origin) {
      checkOrigin(origin, connection.endpointOf(address.service), address);
      origins.add(origin);
    },
    vouched(origin, authority) {
      origins.delete(origin);
      origins.add(vouchedOrigin(origin, authority));
    },
  });
  const record = (metadata: SdkMetadata, errorCode?: string) => {
    const news = connection.toldOrigins.news(address, origins);
    return scope.recordCall({
      service: address.service,
      operation: operationOf(command),
      region: address.region,
      startedAt,
      durationMs: connection.clock.monotonic() - started,
      attempts: metadata.attempts ?? 1,
      ...(metadata.httpStatusCode === undefined ? {} : { status: metadata.httpStatusCode }),
      ...(metadata.requestId === undefined ? {} : { requestId: metadata.requestId }),
      ...(news === undefined ? {} : { origins: news }),
      ...(errorCode === undefined ? {} : { errorCode }),
    });
  };
  const sending = connection.clock.during(() => sendUntil(client, command, stopsOf(caller, command)));
  const output = await sending.finally(answered).catch(async (error: unknown) => {
    const { name, $metadata } = error as SdkError;
    await record({ ...$metadata, httpStatusCode: httpStatusOf(error) }, awsErrorCode(error) ?? name);
    throw error;
  });
  await record(output.$metadata);
  return output;
}

/** A read ends at once when its caller is stopped. What changes anything is heard out, but for the end of the connection. */
function stopsOf({ connection, signal }: Caller, command: SdkCommand): readonly AbortSignal[] {
  return signal && READS.test(operationOf(command)) ? [signal, connection.closed] : [connection.closed];
}

async function sendUntil(client: SdkClient, command: SdkCommand, stops: readonly AbortSignal[]): Promise<SdkOutput> {
  // A controller of the call's own, so that a signal that lives for days does not gather a listener with each call.
  const call = new AbortController();
  const forward = () => call.abort();
  for (const stop of stops) stop.addEventListener("abort", forward);
  try {
    return await client.send(command, { abortSignal: call.signal });
  } finally {
    for (const stop of stops) stop.removeEventListener("abort", forward);
  }
}

function explained(error: unknown, caller: Caller, address: ClientAddress<ServiceName>, operation: string): unknown {
  if (caller.signal?.aborted && error instanceof Error && error.name === "AbortError") return caller.signal.reason;
  const { drillName, runId } = caller.scope;
  const { service, region } = address;
  const called = caller.connection.endpointOf(service);
  // Without what a URL may hold of a user's name and password.
  const endpoint = called === undefined ? undefined : new URL(called).origin;
  return explainAwsError(error, { service, operation, region, drillName, runId, endpoint });
}
