import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { Authenticator } from "../../../src/sandbox/gateway/authenticator.ts";
import { startGateway } from "../../../src/sandbox/gateway/gateway.ts";
import { Principals } from "../../../src/sandbox/gateway/principals.ts";
import { World } from "../../../src/sandbox/world.ts";
import { VirtualClock } from "../../../src/time/virtual-clock.ts";

it("a client that has gone away before it is answered does not hold the clock up", async () => {
  const clock = new VirtualClock({ speed: 0 });
  const world = new World({ clock, folder: "/nowhere" });
  const answered = new AbortController();
  const gateway = await startGateway({
    world,
    services: [],
    authenticator: new Authenticator(new Principals({ account: world.account }), clock),
    interceptors: [],
    port: 0,
    admin: async (request) => {
      client.destroy();
      await once(request.socket, "close");
      answered.abort();
      return { status: 200, headers: {}, body: "too late" };
    },
  });
  const { host, port } = new URL(gateway.endpoint);
  const client = connect(Number(port), "127.0.0.1");
  client.write(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await once(answered.signal, "abort");
  const before = clock.monotonic();
  await clock.sleep(3_600_000);
  expect(clock.monotonic() - before).toBe(3_600_000);
  await gateway.close();
});
