import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../../time/clock.ts";
import { systemClock } from "../../time/system-clock.ts";
import type { WireRequest } from "../protocols/wire-request.ts";
import type { Authorization } from "./authorization.ts";
import { expiredCredentials, unknownCredentials, untimelySignature, wrongSignature } from "./credential-errors.ts";
import type { Principals } from "./principals.ts";
import { isSignedWith } from "./signature-v4.ts";

/** AWS: a request must arrive within this of the time it was signed at, on either side. */
const WINDOW_MS = 15 * 60_000;

/** Lets nobody pass who has not signed with a key that this sandbox has given out. */
export class Authenticator {
  readonly #principals: Principals;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(principals: Principals, clock: Clock) {
    this.#principals = principals;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** The caller's ARN. @throws AwsError as the service words it. */
  principalOf(request: WireRequest, authorization: Authorization, service: string): string {
    const grant = this.#principals.find(authorization.scope.accessKeyId);
    if (!grant) throw unknownCredentials(service);
    if (!isSignedWith(grant.secretAccessKey, request, authorization)) throw wrongSignature(service);
    if (!isToken(grant.session?.token, authorization.sessionToken)) throw unknownCredentials(service);
    this.#checkDate(authorization, service);
    const { enforceExpiry } = this.#principals;
    if (grant.session && enforceExpiry && this.#clock.now() >= grant.session.expiresAt)
      throw expiredCredentials(service);
    return grant.principalArn;
  }

  /**
   * A virtual clock may be far from the machine's, and clients sign by either, or by what the sandbox's clock was when they last
   * heard from it: what lies between is good.
   */
  #checkDate({ date, scope, expiresInS }: Authorization, service: string): void {
    if (!date.startsWith(scope.day)) {
      const what = `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.day}' != '${date.slice(0, 8)}', from '${date}'.`;
      throw wrongSignature(service, what);
    }
    const at = epochMs(date);
    const now = [systemClock.now(), this.#clock.now()];
    const latest = Math.max(...now) + WINDOW_MS;
    if (!(at <= latest))
      throw untimelySignature(service, `Signature not yet current: ${date} is still later than ${longDate(latest)}`);
    const until = expiresInS === undefined ? at + WINDOW_MS : at + expiresInS * 1000;
    // A URL's own life ends on whichever clock it was signed by; a request's may have been told its time when the sandbox started.
    const earliest = expiresInS === undefined ? Math.min(...now, this.#startedAt) : Math.min(...now);
    if (until < earliest)
      throw untimelySignature(service, `Signature expired: ${date} is now earlier than ${longDate(earliest)}`);
  }
}

/** Keys that are of no session come without a token, or with an empty one. */
function isToken(right = "", given = ""): boolean {
  const [a, b] = [Buffer.from(right), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function epochMs(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function longDate(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
}
