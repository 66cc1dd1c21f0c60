import type { AfterEffect, Call, Fault, Interceptor, Reply } from "../gateway/call.ts";
import { expiredCredentials } from "../gateway/credential-errors.ts";
import type { WireAnswer } from "../protocols/protocol.ts";
import { AwsError } from "../service.ts";
import { disguised, lifts, type Disguise } from "./disguise.ts";
import type { DeclaredFault } from "./fault.ts";
import { MAKERS } from "./made.ts";
import { canStrike, means, operationName } from "./operations.ts";
import { denied, throttled, troubled } from "./wording.ts";

/** A call that a fault has struck. */
export interface Strike {
  /** Epoch milliseconds of the sandbox's clock. */
  readonly at: number;
  /** `ec2:CreateVolume` */
  readonly operation: string;
  readonly region: string;
}

/** A declared fault at work in one sandbox. */
export interface Injection {
  readonly interceptor: Interceptor;
  readonly strikes: readonly Strike[];
}

const MINUTE_MS = 60_000;

/** Lets a fault happen in the sandbox that gets the interceptor. Each sandbox needs an injection of its own: it counts calls. */
export function inject(fault: DeclaredFault): Injection {
  const strikes: Strike[] = [];
  const disguises = new Set<Disguise>();
  const isDue = counter(fault, strikes);
  const interceptor: Interceptor = (call) => {
    const seen = throughDisguises(disguises, call);
    if (seen) return seen;
    if (!isDue(call)) return undefined;
    strikes.push({ at: call.now, operation: operationName(call), region: call.region });
    return strike(fault, call, disguises);
  };
  return { interceptor, strikes };
}

/** Tells, call by call and in order, which of them the fault strikes. */
function counter(fault: DeclaredFault, strikes: readonly Strike[]): (call: Call) => boolean {
  let awake = fault.since === undefined;
  let count = 0;
  return (call) => {
    const operation = operationName(call);
    awake ||= means(fault.since ?? [], operation);
    if (!awake) return false;
    if (fault.spreads && strikes.length > 0) return true;
    if (!canStrike(fault, operation) || call.region !== (fault.region ?? call.region)) return false;
    count++;
    return count >= fault.from && (fault.times === "always" || count < fault.from + fault.times);
  };
}

function throughDisguises(disguises: Set<Disguise>, call: Call): Fault | undefined {
  const effects: AfterEffect[] = [];
  for (const disguise of disguises) {
    if (call.now >= disguise.until || lifts(disguise, call)) {
      disguises.delete(disguise);
      continue;
    }
    const fault = disguised(disguise, call);
    if (fault?.kind === "after") effects.push(fault.after);
    else if (fault) return fault;
  }
  if (effects.length === 0) return undefined;
  const output = (made: object) => effects.reduce((soFar, effect) => effect.output?.(soFar) ?? soFar, made);
  return { kind: "after", after: { output } };
}

function strike(fault: DeclaredFault, call: Call, disguises: Set<Disguise>): Fault {
  switch (fault.does) {
    case "throttle":
      return { kind: "error", error: throttled(call) };
    case "deny":
      return { kind: "error", error: denied(call) };
    case "expire":
      return { kind: "error", error: expiredCredentials(call.service) };
    case "error":
      return { kind: "error", error: new AwsError(fault.code, fault.message, fault.status) };
    case "server-error":
      return fault.when === "before" ? { kind: "error", error: troubled(call) } : after(() => EMPTY_500);
    case "html":
      return fault.when === "before" ? { kind: "raw", answer: HTML_503 } : after(() => HTML_503);
    case "reset":
      return fault.when === "before" ? { kind: "disconnect" } : after(() => "disconnect");
    case "hang":
      return fault.when === "before" ? { kind: "hang" } : after(() => "hang");
    case "truncate":
      return after((answer) => ({ ...answer, cutAt: Math.floor(answer.body.length / 2) }));
    case "skew":
      return after((answer) => skewed(answer, call.now + fault.minutes * MINUTE_MS));
    case "hide":
      return making(call, disguises, { as: "hidden", until: call.now + fault.seconds * 1000, lost: fault.lost });
    case "stick":
      return making(call, disguises, { as: "stuck" });
    case "fail":
      return making(call, disguises, { as: "failed", reason: fault.reason });
  }
}

function after(reply: (answer: WireAnswer) => Reply): Fault {
  return { kind: "after", after: { reply } };
}

/** What a load balancer answers when nothing behind it does. */
const HTML_503: WireAnswer = {
  status: 503,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>",
};

const EMPTY_500: WireAnswer = { status: 500, headers: { "content-type": "text/plain" }, body: "" };

function skewed(answer: WireAnswer, at: number): WireAnswer {
  return { ...answer, headers: { ...answer.headers, date: new Date(at).toUTCString() } };
}

interface Making extends Partial<Omit<Disguise, "made">> {
  readonly as: Disguise["as"];
  readonly lost?: boolean;
}

/** Lets the create take effect and puts a disguise on what it made. */
function making(call: Call, disguises: Set<Disguise>, { as, reason = "", until = Infinity, lost }: Making): Fault {
  const output = (made: object) => {
    for (const one of MAKERS[operationName(call)]?.(made) ?? []) disguises.add({ made: one, as, reason, until });
    return made;
  };
  return { kind: "after", after: { output, ...(lost === true && { reply: () => "disconnect" as const }) } };
}
