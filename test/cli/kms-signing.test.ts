import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { KMS } from "@aws-sdk/client-kms";
import { expect, it, onTestFinished } from "vitest";
import { commandsOf } from "../evidence/bundle/readme-commands.ts";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { sandboxOf } from "./standalone-sandbox.ts";

const DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - { id: ok, uses: command.run, with: { command: [node, --version] } }
`;

const noOpenssl = spawnSync("sh", ["-c", "command -v openssl && command -v sha256sum"]).status !== 0;

it("gameday run signs intent, result and their lines in the ledger with a KMS key, digests only, and openssl verifies them", async () => {
  const sandbox = await sandboxOf();
  const cwd = await throwAwayFolder();
  const { environment: env } = sandbox;
  const kms = new KMS({
    region: "eu-central-1",
    endpoint: sandbox.endpoint,
    credentials: { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" },
  });
  const { KeyMetadata } = await kms.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const { Arn: arn = "" } = KeyMetadata ?? {};
  await writeFile(join(cwd, "quick.yaml"), DRILL);
  const ran = await gameday(["run", "quick.yaml", "--plain", "--key", arn], { cwd, env });
  const path = /bundle: (\S+)/.exec(ran.stdout)?.[1] ?? "";
  const bundle = join(cwd, path);
  const info = JSON.parse(await readFile(join(bundle, "keys/key-info.json"), "utf8"));
  expect(info).toMatchObject({ algorithm: "ECDSA_P256_SHA256", custody: arn });
  expect(sandbox.world.log.filter(({ id }) => id === "kms:Sign")).toHaveLength(4);
  const verified = await gamedayHere(["verify", path, "--key", info.keyId, "--ledger", ".gameday/ledger.jsonl"], {
    cwd,
  });
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining(`(ECDSA_P256_SHA256, ${arn})`) });
  if (!noOpenssl) {
    const commands = commandsOf(await readFile(join(bundle, "README.txt"), "utf8"));
    expect(execFileSync("sh", ["-eu", "-c", commands], { cwd: bundle, encoding: "utf8" })).toContain("Verified OK");
  }

  await kms.disableKey({ KeyId: arn });
  const refused = await gameday(["run", "quick.yaml", "--plain", "--key", arn], { cwd, env });
  expect(refused.code).toBe(7);
  expect(refused.stdout).toContain("signing-key-unusable");
});

/** Answers as KMS does, for a key whose public half is another's. */
async function impostor(): Promise<string> {
  const [shown, signing] = [p256(), p256()];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece: Buffer) => (text += piece.toString()));
    request.on("end", () => {
      const asked: { KeyId: string; Message?: string } = JSON.parse(text);
      const signed = sign("sha256", Buffer.from(asked.Message ?? "", "base64"), signing.privateKey);
      const der = shown.publicKey.export({ type: "spki", format: "der" });
      const answer = String(request.headers["x-amz-target"]).endsWith("GetPublicKey")
        ? { KeyId: asked.KeyId, PublicKey: der.toString("base64") }
        : { KeyId: asked.KeyId, Signature: signed.toString("base64") };
      response.setHeader("content-type", "application/x-amz-json-1.1").end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function p256() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

it("a signature that does not fit the key that KMS shows begins no run", async () => {
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "quick.yaml"), DRILL);
  const env = {
    AWS_ACCESS_KEY_ID: "AKIAGAMEDAYSANDBOX00",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    AWS_ENDPOINT_URL_KMS: await impostor(),
  };
  const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const refused = await gameday(["rehearse", "quick.yaml", "--plain", "--key", arn], { cwd, env });
  expect(refused.code, refused.stderr).toBe(7);
  expect(refused.stdout).toContain("does not fit the public key that it gives");
  expect(refused.stdout).not.toContain("bundle:");
});
