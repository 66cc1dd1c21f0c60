import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { canReachRegistry } from "../../../src/cli/terraform/registry-probe.ts";

async function proxyThat(answers: (connect: string) => string | undefined): Promise<string> {
  const server: Server = createServer();
  server.on("connect", (request, socket) => {
    const answer = answers(`${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
    if (answer !== undefined) socket.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void (server.closeAllConnections(), server.close()));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("through a proxy: the tunnel is asked for, with the login, and opened", async () => {
  const seen: string[] = [];
  const proxy = await proxyThat((connect) => {
    seen.push(connect);
    return "HTTP/1.1 200 OK\r\n\r\n";
  });
  expect(await canReachRegistry("registry.invalid", { HTTPS_PROXY: `http://me:p%40ss@${proxy}` })).toBe(true);
  expect(await canReachRegistry("registry.invalid", { https_proxy: proxy })).toBe(true);
  expect(seen).toEqual([`registry.invalid:443 Basic ${btoa("me:p@ss")}`, "registry.invalid:443 -"]);
});

test("a proxy that refuses, that is not there, that is no address", async () => {
  const refusing = await proxyThat(() => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  expect(await canReachRegistry("registry.invalid", { HTTPS_PROXY: refusing })).toBe(false);
  expect(await canReachRegistry("registry.invalid", { HTTPS_PROXY: "127.0.0.1:1" })).toBe(false);
  expect(await canReachRegistry("registry.invalid", { HTTPS_PROXY: "http://[" })).toBe(false);
});

test("a proxy that never answers holds nobody up", async () => {
  const silent = await proxyThat(() => undefined);
  expect(await canReachRegistry("registry.invalid", { HTTPS_PROXY: silent })).toBe(false);
});

test("directly, to a host that is no registry", async () => {
  expect(await canReachRegistry("127.0.0.1", {})).toBe(false);
});
