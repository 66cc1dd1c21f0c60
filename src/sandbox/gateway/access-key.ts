import { randomBytes } from "node:crypto";

/** A key to sign requests with, in AWS's own shapes: a 20-character id and a 40-character secret. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A random key that nobody can guess. `AKIA`: long-term; `ASIA`: of a session. */
export function newAccessKey(prefix: "AKIA" | "ASIA"): AccessKey {
  const id = Array.from(randomBytes(16), (byte) => BASE32[byte % BASE32.length]).join("");
  return { accessKeyId: prefix + id, secretAccessKey: randomBytes(30).toString("base64") };
}

export function newSessionToken(): string {
  return randomBytes(96).toString("base64");
}
