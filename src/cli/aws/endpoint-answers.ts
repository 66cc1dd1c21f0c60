import { connect } from "node:net";
import type { Clock } from "../../time/clock.ts";
import { Failure } from "../../engine/failure.ts";
import { withoutCredentials, type NamedEndpoint } from "./endpoint.ts";

/**
 * Asks whether anything listens there, as the SDK would try for many seconds. A silent network is left to the SDK.
 * @throws Failure `endpoint-unreachable`, with consequence `refused`
 */
export async function checkEndpointAnswers({ url, from }: NamedEndpoint, clock: Clock): Promise<void> {
  const error = await clock.during(() => connectionError(new URL(url)));
  if (!["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(error?.code ?? "")) return;
  throw new Failure({
    code: "endpoint-unreachable",
    message: `${from} is ${new URL(withoutCredentials(url)).origin}, and nothing answers there (${error?.code})`,
    fixer: "operator",
    next: `start gameday sandbox, or unset ${from} to reach AWS`,
    consequence: "refused",
    cause: error,
  });
}

const PATIENCE_MS = 3_000;

function connectionError({ protocol, hostname, port }: URL): Promise<NodeJS.ErrnoException | undefined> {
  const usual = protocol === "https:" ? 443 : 80;
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({ host, port: port === "" ? usual : Number(port), timeout: PATIENCE_MS });
    const done = (error?: NodeJS.ErrnoException) => {
      socket.destroy();
      resolve(error);
    };
    socket.once("connect", () => done());
    socket.once("timeout", () => done());
    socket.once("error", done);
  });
}
