import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { systemClock } from "../../time/system-clock.ts";

const PROBE_MS = 2_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a provider registry can be reached, within two seconds: directly, or through the proxy the environment names. */
export async function canReachRegistry(host: string, env: Environment): Promise<boolean> {
  const proxy = env["HTTPS_PROXY"] ?? env["https_proxy"];
  const over = new AbortController();
  const answered = proxy ? throughProxy(proxy, host, over.signal) : directly(host, over.signal);
  const late = systemClock.sleep(PROBE_MS, over.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    over.abort();
  }
}

/** Any HTTP answer will do. */
function directly(host: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    httpsRequest({ host, path: "/.well-known/terraform.json", method: "HEAD", signal })
      .on("response", () => resolve(true))
      .on("error", () => resolve(false))
      .end();
  });
}

/** The proxy has reached the host when it opens the tunnel. */
function throughProxy(proxy: string, host: string, signal: AbortSignal): Promise<boolean> {
  const address = proxy.includes("://") ? proxy : `http://${proxy}`;
  if (!URL.canParse(address)) return Promise.resolve(false);
  const url = new URL(address);
  const login = decodeURIComponent(`${url.username}:${url.password}`);
  const headers = login === ":" ? {} : { "Proxy-Authorization": `Basic ${Buffer.from(login).toString("base64")}` };
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const port = url.port || (url.protocol === "https:" ? 443 : 80);
  return new Promise((resolve) => {
    send({ host: url.hostname, port, method: "CONNECT", path: `${host}:443`, headers, signal })
      .on("connect", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode === 200);
      })
      .on("response", () => resolve(false))
      .on("error", () => resolve(false))
      .end();
  });
}
