import { Failure } from "../engine/failure.ts";
import { isAwsOrigin } from "../regions/aws-origin.ts";
import type { ServiceName } from "./clients.ts";

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

/**
 * Shows where each request of a command goes: scheme, host and port, taken from the SDK's own request right before it is sent, for
 * every attempt anew. What `look` throws is thrown instead of sending.
 */
export function lookAtOrigins(
  command: { readonly middlewareStack: MiddlewareStack },
  look: (origin: string) => void,
): void {
  const middleware: Middleware = (next) => async (args) => {
    look(originOf(args.request as SentRequest));
    return next(args);
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

/** What the journal already knows of where calls go: only what is new is told again. */
export class ToldOrigins {
  readonly #last = new Map<string, string>();

  /** What to journal with a call that sent requests to these origins; undefined where it is as with the one before. */
  news({ service, region }: CallPlace, origins: ReadonlySet<string>): readonly string[] | undefined {
    const key = `${service} ${region}`;
    const told = [...origins];
    // Nothing was sent: that says nothing of the next call.
    if (told.length === 0) return told;
    const text = told.join(" ");
    if (this.#last.get(key) === text) return undefined;
    this.#last.set(key, text);
    return told;
  }
}
