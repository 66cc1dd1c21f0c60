import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { describePublicKey } from "./public-key.ts";
import type { Signer } from "./signer.ts";

/** Signs with the private key of a PEM file. @throws Failure `signing-key-unusable` */
export async function openKeyFile(path: string): Promise<Signer> {
  const pem = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unusable(path, "it cannot be read", cause);
  });
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw readableByOthers(path, mode);
  return signerOf(parse(path, pem), path);
}

/** Signs with the key in a file that is made, readable by its owner only, when it is not there. */
export async function openOrMakeKeyFile(path: string): Promise<Signer> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) throw unusable(path, "it is a folder, a pipe or a device");
  if (!there) await makeKeyFile(path);
  return openKeyFile(path);
}

/** Complete before it has its name; of two that make one at the same time, the first wins. */
async function makeKeyFile(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ed25519");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${describe(privateKey, path).key.keyId.slice(0, 16)}.tmp`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
    await file.sync();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

function parse(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw unusable(path, "it holds no private key in PEM without a passphrase", cause);
  }
}

function signerOf(privateKey: KeyObject, path: string): Signer {
  const { key, digest } = describe(privateKey, path);
  return { key, sign: async (bytes) => sign(digest, bytes, privateKey) };
}

function describe(privateKey: KeyObject, path: string) {
  const key = describePublicKey(createPublicKey(privateKey), "file");
  if (!key) throw unusable(path, "it is neither an Ed25519 nor a P-256 key");
  return { key, digest: key.algorithm === "Ed25519" ? null : "sha256" };
}

/** Not {@link unusable}, whose next command would write another key over this one. */
function readableByOthers(path: string, mode: number): Failure {
  return new Failure({
    code: "signing-key-unusable",
    message: `the signing key ${path} cannot be used: others may read it (mode ${(mode & 0o777).toString(8)})`,
    fixer: "operator",
    next: `chmod 600 ${path}; if others may have read it already, sign with a new key`,
  });
}

/** For a file that is there and is no key: nothing that it holds may be written over. */
function unusable(path: string, why: string, cause?: unknown): Failure {
  return new Failure({
    code: "signing-key-unusable",
    message: `the signing key ${path} cannot be used: ${why}`,
    fixer: "operator",
    next: `name another with --key; umask 077; openssl genpkey -algorithm ed25519 -out NEW.pem makes one`,
    cause,
  });
}
