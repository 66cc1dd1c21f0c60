import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";

/** A P-256 key in a file: what KMS has, without KMS. */
export async function p256Key(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
}
