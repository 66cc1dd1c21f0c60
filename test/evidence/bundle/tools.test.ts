import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { openKeyFile } from "../../../src/evidence/signing/key-file.ts";
import { kmsSigner } from "../../../src/evidence/signing/kms-key.ts";
import { isSignedBy } from "../../../src/evidence/signing/public-key.ts";
import { commandsOf } from "./readme-commands.ts";
import { p256Key } from "./p256-key.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

const missing = ["openssl", "sha256sum"].filter((tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0);
const reason = missing.length > 0 ? ` (skipped: no ${missing.join(", ")} here)` : "";

describe.each(["Ed25519", "P-256"])("a bundle signed with %s", (kind) => {
  let of: SmallBundle;
  beforeAll(async () => {
    if (kind === "Ed25519") return void (of = await smallBundle());
    const path = `/tmp/gameday-p256-${process.pid}.pem`;
    await p256Key(path);
    of = await smallBundle({ signer: await openKeyFile(path) });
    execFileSync("rm", [path]);
  });
  afterAll(() => of.close());

  it.skipIf(reason !== "")(`is verified by the README's own commands${reason}`, async () => {
    const commands = commandsOf(await readFile(join(of.path, "README.txt"), "utf8"));
    const out = execFileSync("sh", ["-eu", "-c", commands], { cwd: of.path, encoding: "utf8" });
    expect(out).toMatch(/Signature Verified Successfully|Verified OK/);
    expect(out).toContain("manifest: OK");
    expect(out).toContain(of.signer.key.keyId);
  });

  it.skipIf(reason !== "")(`is refused by them when a file is not what it was${reason}`, async () => {
    const folder = await of.copy();
    const commands = commandsOf(await readFile(join(folder, "README.txt"), "utf8"));
    execFileSync("sh", ["-c", "echo x >> report.md"], { cwd: folder });
    expect(spawnSync("sh", ["-eu", "-c", commands], { cwd: folder }).status).not.toBe(0);
    const again = await of.copy();
    execFileSync("sh", ["-c", `sed -i 's/"sig":"./"sig":"_/' attestations/result.intoto.jsonl`], { cwd: again });
    expect(spawnSync("sh", ["-eu", "-c", commands], { cwd: again }).status).not.toBe(0);
  });
});

describe("a key in KMS", () => {
  it("signs the digest it is sent, and a key of another kind is refused", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const sent: Uint8Array[] = [];
    const signer = await kmsSigner({
      publicKey: async () => ({ arn: "arn:kms", der: publicKey.export({ type: "spki", format: "der" }) }),
      // What KMS does with MessageType DIGEST; node:crypto signs messages only, so the message is what was digested.
      signDigest: async (digest) => (sent.push(digest), sign("sha256", Buffer.from("statement"), privateKey)),
    });
    const signature = await signer.sign(Buffer.from("statement"));
    expect(Buffer.from(sent[0] ?? []).toString("hex")).toBe(sha256("statement"));
    expect(isSignedBy(signer.key, Buffer.from("statement"), signature)).toBe(true);
    expect(isSignedBy(signer.key, Buffer.from("another"), signature)).toBe(false);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "der" });
    const refused = kmsSigner({ publicKey: async () => ({ arn: "arn:rsa", der: rsa }), signDigest: async () => rsa });
    await expect(refused).rejects.toMatchObject({ details: { code: "signing-key-unusable" } });
  });
});

describe("key files", () => {
  it("are readable by their owner only, and refused otherwise", async () => {
    const of = await smallBundle();
    const path = join(of.root, "keys/signing.pem");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    execFileSync("chmod", ["644", path]);
    await expect(openKeyFile(path)).rejects.toMatchObject({ details: { code: "signing-key-unusable" } });
    await of.close();
  });
});
