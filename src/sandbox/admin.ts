import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../time/clock.ts";
import { isoInstant } from "../time/clock.ts";
import type { WireAnswer } from "./protocols/protocol.ts";
import type { InventoryItem } from "./gateway/sandbox-service.ts";
import type { World } from "./world.ts";

export interface AdminOptions {
  readonly world: World;
  inventory(): Promise<readonly InventoryItem[]>;
  /** Present where the clock can be advanced from outside. */
  readonly advance: ((ms: number) => void) | undefined;
  /** Who does not show it is refused. */
  readonly secret: string;
}

/** The request header in which a control wants to see the sandbox's secret. */
export const CONTROL_HEADER = "x-gameday-secret";

const PREFIX = "/_gameday/";
const LONGEST_ADVANCE_MS = 366 * 86_400_000;

/** The control surface of a sandbox under `/_gameday/`: GET `state`, `inventory`, `log?from=`; POST `advance?ms=`. */
export function adminRoutes(options: AdminOptions): (request: IncomingMessage) => Promise<WireAnswer | undefined> {
  return async (request) => {
    const url = request.url ?? "/";
    if (!url.startsWith(PREFIX)) return undefined;
    request.resume();
    if (!isSecret(options.secret, request.headers[CONTROL_HEADER]))
      return json(403, { error: `the controls need the sandbox's secret access key in the header ${CONTROL_HEADER}` });
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    return answer(`${request.method} ${pathname.slice(PREFIX.length)}`, searchParams, options);
  };
}

function isSecret(secret: string, shown: string | readonly string[] | undefined): boolean {
  const [right, given] = [Buffer.from(secret), Buffer.from(String(shown ?? ""))];
  return right.length === given.length && timingSafeEqual(right, given);
}

async function answer(what: string, parameters: URLSearchParams, options: AdminOptions): Promise<WireAnswer> {
  const { world } = options;
  switch (what) {
    case "GET state":
      await world.catchUp();
      return json(200, state(world));
    case "GET inventory":
      await world.catchUp();
      return json(200, await options.inventory());
    case "GET log":
      await world.catchUp();
      return json(200, world.entriesFrom(Number(parameters.get("from")) || 0));
    case "POST advance":
      return advance(parameters.get("ms"), options);
    default:
      return json(404, { error: `no such control: ${what.slice(0, 100)}` });
  }
}

async function advance(ms: string | null, { world, advance: skip }: AdminOptions): Promise<WireAnswer> {
  if (!skip) return json(409, { error: "this sandbox runs on the machine's clock, which cannot be advanced" });
  if (ms === null || !/^\d{1,12}$/.test(ms) || Number(ms) > LONGEST_ADVANCE_MS) {
    return json(400, { error: "advance needs ms=<whole milliseconds>, at most 366 days" });
  }
  skip(Number(ms));
  await world.catchUp();
  return json(200, state(world));
}

function state(world: World) {
  return { now: isoInstant(world.clock.now()), account: world.account, logEntries: world.entriesSoFar };
}

function json(status: number, value: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** The clock's own `advance`, for clocks that have one. */
export function advanceOf(clock: Clock & { advance?(ms: number): void }): ((ms: number) => void) | undefined {
  return clock.advance ? (ms) => clock.advance!(ms) : undefined;
}
