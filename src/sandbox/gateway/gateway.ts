import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { WireAnswer } from "../protocols/protocol.ts";
import type { World } from "../world.ts";
import type { Interceptor, Reply } from "./call.ts";
import type { Authenticator } from "./authenticator.ts";
import { isLocalCaller } from "./local-caller.ts";
import { Router } from "./router.ts";
import type { SandboxService } from "./sandbox-service.ts";
import { serve } from "./serve.ts";

export interface GatewayOptions {
  readonly world: World;
  readonly services: readonly SandboxService<object>[];
  readonly authenticator: Authenticator;
  /** Asked in order before every handler. */
  readonly interceptors: readonly Interceptor[];
  /** Answers requests that are not for AWS; undefined passes them on. */
  readonly admin: (request: IncomingMessage) => Promise<WireAnswer | undefined>;
  /** 0 for any free port. */
  readonly port: number;
}

export interface Gateway {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Longer than the idle time-outs of the SDKs' connection pools, so that none meets a connection that is just being closed. */
const KEEP_ALIVE_MS = 120_000;

/** Serves AWS on the loopback address until it is closed. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const router = new Router(options.services);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void options.world.clock.during(() => respond(request, response, { ...options, router }));
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => close(server) };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: GatewayOptions & { readonly router: Router },
): Promise<void> {
  // A client that goes away while it sends or receives is no concern of the sandbox's.
  response.on("error", () => undefined);
  try {
    const reply = isLocalCaller(request) ? await answerTo(request, options) : refuse(request);
    if (reply === "disconnect") response.destroy();
    else if (reply === "hang") await closed(response);
    else await send(response, reply, options.world);
  } catch {
    response.destroy();
  }
}

async function answerTo(
  request: IncomingMessage,
  options: GatewayOptions & { readonly router: Router },
): Promise<Reply> {
  return (await options.admin(request)) ?? (await serve(request, options));
}

function refuse(request: IncomingMessage): WireAnswer {
  request.resume();
  return { status: 403, headers: {}, body: "only programs on this machine may use the gameday sandbox" };
}

function closed(response: ServerResponse): Promise<void> {
  return response.closed ? Promise.resolve() : new Promise((resolve) => response.on("close", resolve));
}

async function send(response: ServerResponse, answer: Exclude<Reply, string>, world: World): Promise<void> {
  const body = bytesOf(answer);
  response.writeHead(answer.status, {
    // SDKs measure their clock skew by this, so that they sign with the sandbox's time.
    date: new Date(world.clock.now()).toUTCString(),
    ...answer.headers,
    "content-length": body.byteLength,
  });
  // Of a client that has gone away meanwhile nothing tells any more, neither a callback nor an event: the clock would wait for ever.
  const gone = closed(response);
  if (answer.cutAt === undefined) return Promise.race([gone, ended(response, body)]);
  const part = body.subarray(0, Math.min(answer.cutAt, body.byteLength - 1));
  await Promise.race([gone, new Promise((resolve) => response.write(part, resolve))]);
  response.destroy();
}

function bytesOf({ body }: WireAnswer): Buffer {
  return typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function ended(response: ServerResponse, body: Buffer): Promise<void> {
  return new Promise((resolve) => response.end(body, () => resolve()));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
