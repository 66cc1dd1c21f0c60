import { Failure } from "../engine/failure.ts";
import { isAwsOrigin } from "../regions/aws-origin.ts";
import type { ServiceName } from "./clients.ts";
import { privateAuthority } from "./private-authority.ts";

/** The requests of one call, as far as the journal is concerned. */
export interface CallPlace {
  readonly service: ServiceName;
  readonly region: string;
}

/** What an SDK request says of its destination, with everything resolved and signed. */
interface SentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

interface MiddlewareStack {
  add(middleware: Middleware, options: object): void;
}
type Middleware = (next: (args: Sending) => Promise<unknown>) => (args: Sending) => Promise<unknown>;
interface Sending {
  readonly request: unknown;
}

/** What the SDK has of an answer: its body is Node's own message, with the connection it came by. */
interface Answer {
  readonly response?: { readonly body?: { readonly socket?: unknown } };
}

export interface OriginLook {
  /** Right before sending. What it throws is thrown instead. */
  sending(origin: string): void;
  /** An authority of this machine's own vouches for whoever has answered (see {@link privateAuthority}). */
  vouched(origin: string, authority: string): void;
}

/**
 * Shows where each request of a command goes: scheme, host and port, taken from the SDK's own request right before it is sent, for
 * every attempt anew; and who says that it was they who answered.
 */
export function lookAtOrigins(command: { readonly middlewareStack: MiddlewareStack }, look: OriginLook): void {
  const middleware: Middleware = (next) => async (args) => {
    const request = args.request as SentRequest;
    const origin = originOf(request);
    look.sending(origin);
    const answer = await next(args);
    const authority = privateAuthority((answer as Answer).response?.body?.socket, request.hostname);
    if (authority !== undefined) look.vouched(origin, authority);
    return answer;
  };
  // The innermost place there is: after endpoints are resolved and the request is signed.
  command.middlewareStack.add(middleware, {
    step: "deserialize",
    priority: "low",
    name: "gamedayOrigins",
    override: true,
  });
}

function originOf({ protocol, hostname, port }: SentRequest): string {
  return new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`).origin;
}

/** @throws Failure `request-redirected` where a request is about to go elsewhere than the run was allowed to go. */
export function checkOrigin(origin: string, endpoint: string | undefined, { service, region }: CallPlace): void {
  const astray =
    endpoint === undefined ? !isAwsOrigin(origin, { service, region }) : new URL(endpoint).origin !== origin;
  if (!astray) return;
  throw new Failure({
    code: "request-redirected",
    message: `a request to ${service} in ${region} was about to go to ${origin}, and not to ${endpoint === undefined ? "AWS" : new URL(endpoint).origin}; nothing was sent`,
    fixer: "operator",
    next: "look for what redirects the AWS SDK: AWS_ENDPOINT_URL*, endpoint_url and services in the AWS configuration",
    retryable: false,
  });
}

/** As it is journaled: no origin of AWS's. */
export function vouchedOrigin(origin: string, authority: string): string {
  return `${origin} (vouched for by ${authority}, an authority of this machine's own)`;
}

/** What the journal already knows of where calls go: only what is new is told again. */
export class ToldOrigins {
  readonly #last = new Map<string, string>();
  #allAws = true;

  /** Whether all that was told of was AWS's. */
  get allAws(): boolean {
    return this.#allAws;
  }

  /** What to journal with a call that sent requests to these origins; undefined where it is as with the one before. */
  news({ service, region }: CallPlace, origins: ReadonlySet<string>): readonly string[] | undefined {
    const key = `${service} ${region}`;
    const told = [...origins];
    if (told.some((origin) => !isAwsOrigin(origin, { service, region }))) this.#allAws = false;
    // Nothing was sent: that says nothing of the next call.
    if (told.length === 0) return told;
    const text = told.join(" ");
    if (this.#last.get(key) === text) return undefined;
    this.#last.set(key, text);
    return told;
  }
}
