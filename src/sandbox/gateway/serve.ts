import type { IncomingMessage } from "node:http";
import type { Protocol, WireAnswer } from "../protocols/protocol.ts";
import { checkShape } from "../protocols/check-shape.ts";
import { WireRequest } from "../protocols/wire-request.ts";
import { AwsError } from "../service.ts";
import type { World } from "../world.ts";
import type { AfterEffect, Call, Interceptor, Reply } from "./call.ts";
import { checkRegion } from "./check-region.ts";
import type { Authenticator } from "./authenticator.ts";
import { readAuthorization, type CredentialScope } from "./authorization.ts";
import { readBody } from "./read-body.ts";
import { checkRequired, RoutedError, type Router, type Target } from "./router.ts";
import { tellingIds } from "./telling-ids.ts";

interface Serving {
  readonly world: World;
  readonly router: Router;
  readonly authenticator: Authenticator;
  readonly interceptors: readonly Interceptor[];
}

/** What is known of a request while it is being served: enough to answer and log it wherever it fails. */
interface Progress {
  readonly requestId: string;
  scope?: CredentialScope;
  protocol?: Protocol;
  /** `ec2:CreateVolume` */
  name?: string;
  ids: Record<string, unknown>;
}

/** One AWS request from its bytes to its answer. Every failure becomes an answer in the protocol's own words. */
export async function serve(incoming: IncomingMessage, serving: Serving): Promise<Reply> {
  const progress: Progress = { requestId: requestId(serving.world), ids: {} };
  try {
    const reply = await answerTo(incoming, serving, progress);
    log(serving.world, progress, typeof reply === "string" ? reply : String(reply.status));
    return typeof reply === "string" ? reply : identified(reply, progress);
  } catch (thrown) {
    const error = awsErrorOf(thrown, progress);
    log(serving.world, progress, error.code, isForeign(thrown) ? reasonOf(thrown) : error.message);
    return identified(progress.protocol?.writeError(error, progress.requestId) ?? plainError(error), progress);
  }
}

async function answerTo(
  incoming: IncomingMessage,
  { world, router, authenticator, interceptors }: Serving,
  progress: Progress,
): Promise<Reply> {
  const { bytes, sha256 } = await readBody(incoming);
  const request = new WireRequest({
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    headers: incoming.headers,
    body: bytes,
    bodySha256: sha256,
  });
  const authorization = readAuthorization(request);
  const scope = (progress.scope = authorization.scope);
  const service = router.service(scope.signingName);
  progress.name = service.name;
  progress.protocol = service.protocols[0]!;
  const target = await router.target(service, request);
  progress.name = `${service.name}:${target.operation.name}`;
  progress.protocol = target.protocol;
  const principalArn = authenticator.principalOf(request, authorization, service.name);
  const input = await target.protocol.read(target.operation, request);
  checkShape(target.operation.input, input);
  progress.ids = tellingIds(input);
  checkRegion(scope.region, service.name, world.optedIn);
  checkRequired(target, input);
  const now = await world.catchUp();
  const call = callOf(target, {
    input,
    scope,
    requestId: progress.requestId,
    now,
    principalArn,
  });
  const { instead, afterwards } = intercepted(interceptors, call);
  if (instead) return instead;
  const made = await target.handler(input, { world, account: world.account, ...call });
  progress.ids = tellingIds(input, made);
  const output = afterwards.reduce((soFar, { output: change }) => change?.(soFar) ?? soFar, made);
  const answer = target.protocol.write(target.operation, output, progress.requestId);
  return afterwards.reduce<Reply>(
    (reply, { reply: change }) => (typeof reply === "string" || !change ? reply : change(reply)),
    answer,
  );
}

interface Interception {
  /** What the caller gets; the handler is not to be called. */
  readonly instead?: Reply;
  readonly afterwards: readonly AfterEffect[];
}

/** Asks the interceptors in turn. @throws AwsError where one of them says so. */
function intercepted(interceptors: readonly Interceptor[], call: Call): Interception {
  const afterwards: AfterEffect[] = [];
  for (const interceptor of interceptors) {
    const fault = interceptor(call);
    if (!fault) continue;
    if (fault.kind === "error") throw fault.error;
    if (fault.kind !== "after") return { afterwards: [], instead: fault.kind === "raw" ? fault.answer : fault.kind };
    afterwards.push(fault.after);
  }
  return { afterwards };
}

function callOf(
  target: Target,
  {
    input,
    scope,
    ...rest
  }: { input: object; scope: CredentialScope; requestId: string; now: number; principalArn: string },
): Call {
  return {
    service: target.service.name,
    operation: target.operation.name,
    region: scope.region,
    input: input as Record<string, unknown>,
    ...rest,
  };
}

function awsErrorOf(thrown: unknown, progress: Progress): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (thrown instanceof RoutedError) {
    progress.protocol = thrown.protocol;
    if (thrown.operationName) progress.name = `${progress.name}:${thrown.operationName}`;
    return thrown.error;
  }
  const what = `The gameday sandbox has a bug in ${progress.name ?? "its gateway"}: ${String(thrown)}`;
  return new AwsError("InternalFailure", `${what}; where, is in its log under /_gameday/log`, 500);
}

/** A bug of the sandbox's own. Where it is stands in the log, not in an answer. */
function isForeign(thrown: unknown): boolean {
  return !(thrown instanceof AwsError || thrown instanceof RoutedError);
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

function log(world: World, progress: Progress, state: string, message?: string): void {
  world.record({
    at: world.clock.now(),
    region: progress.scope?.region ?? "",
    what: "call",
    id: progress.name ?? "unknown",
    state,
    detail: { requestId: progress.requestId, ...progress.ids, ...(message !== undefined && { message }) },
  });
}

function identified<A extends WireAnswer>(answer: A, { requestId: id }: Progress): A {
  return { ...answer, headers: { "x-amzn-requestid": id, "x-amz-request-id": id, ...answer.headers } };
}

/** For requests that do not even say which service they are for. */
function plainError({ status, code, message }: AwsError): WireAnswer {
  const headers = { "content-type": "application/json", "x-amzn-errortype": code };
  return { status, headers, body: JSON.stringify({ __type: code, message }) };
}

function requestId(world: World): string {
  const hex = world.newId("", 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
