import { execFileSync, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KMS } from "@aws-sdk/client-kms";
import { expect, it } from "vitest";
import { commandsOf } from "../evidence/bundle/readme-commands.ts";
import { gameday, throwAwayFolder } from "./binary.ts";
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

it("gameday run signs intent and result with a KMS key, digests only, and openssl verifies them", async () => {
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
  expect(sandbox.world.log.filter(({ id }) => id === "kms:Sign")).toHaveLength(2);
  const verified = await gameday(["verify", path, "--key", info.keyId, "--ledger", ".gameday/ledger.jsonl"], { cwd });
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
