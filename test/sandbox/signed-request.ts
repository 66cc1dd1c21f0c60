import { createHash, createHmac } from "node:crypto";
import { SignatureV4, type SignatureV4Init } from "@smithy/signature-v4";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";

export interface Wire {
  /** As in the credential scope: `ec2`. */
  readonly service: string;
  readonly region?: string;
  readonly method?: string;
  /** With its query string; `/` when absent. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Signing {
  readonly credentials?: SignatureV4Init["credentials"];
  /** Now when absent. */
  readonly at?: Date;
}

/** A request by hand, signed by AWS's own signer: for bytes that no SDK would send. */
export async function send(sandbox: Sandbox, wire: Wire, signing: Signing = {}): Promise<Response> {
  const { method, url, headers, body } = await sign(sandbox, wire, signing);
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
}

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | undefined;
}

export async function sign(
  sandbox: Sandbox,
  { service, region = "us-east-1", method = "POST", path = "/", headers = {}, body }: Wire,
  { credentials = sandbox.credentials, at }: Signing = {},
): Promise<SignedRequest> {
  const url = new URL(path, sandbox.endpoint);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signed = await signer.sign(
    { ...parts(url), method, headers: { host: url.host, ...headers }, body },
    at === undefined ? {} : { signingDate: at },
  );
  return { method, url: url.href, headers: signed.headers, body };
}

/** The URL of a GET that anybody who has it may send. */
export async function presign(
  sandbox: Sandbox,
  { service, region = "us-east-1", path = "/" }: Wire,
  { credentials = sandbox.credentials, at, expiresIn = 60 }: Signing & { readonly expiresIn?: number } = {},
): Promise<string> {
  const url = new URL(path, sandbox.endpoint);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signed = await signer.presign(
    { ...parts(url), method: "GET", headers: { host: url.host } },
    { expiresIn, ...(at === undefined ? {} : { signingDate: at }) },
  );
  return `${url.origin}${url.pathname}?${new URLSearchParams(signed.query as Record<string, string>).toString()}`;
}

function parts({ protocol, hostname, port, pathname, searchParams }: URL) {
  return { protocol, hostname, port: Number(port), path: pathname, query: Object.fromEntries(searchParams) };
}

/** As the signer wants it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("not used by the signer");
  }
}

function bytes(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === "string") return secret;
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}
