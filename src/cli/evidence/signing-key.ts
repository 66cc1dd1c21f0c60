import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openKeyFile, openOrMakeKeyFile } from "../../evidence/signing/key-file.ts";
import type { PublicKeyInfo, Signer } from "../../evidence/signing/signer.ts";
import type { Io } from "../io.ts";
import { GAMEDAY_FOLDER, keepOutOfGit } from "../runs/run-folder.ts";

export interface KeyOptions {
  /** A private key in PEM, or the ARN of a KMS key. */
  readonly key?: string | undefined;
  /** What the key is for, when neither option nor environment names one: its file is made on first use. */
  readonly use?: "runs" | "reviews";
}

/** What statements are signed with: `--key`, else GAMEDAY_SIGNING_KEY_FILE, else a key of this project's own. */
export async function openSigner({ key, use = "runs" }: KeyOptions, io: Io): Promise<Signer> {
  const named = key ?? io.env["GAMEDAY_SIGNING_KEY_FILE"];
  if (named?.startsWith("arn:")) return (await import("./kms-signer.ts")).openKmsSigner(named, io);
  if (named !== undefined && named !== "") return openKeyFile(resolve(io.cwd, named));
  await keepOutOfGit(io.cwd);
  return openOrMakeKeyFile(ownKeyFile(io, use));
}

/** The key that runs here are signed with, when neither option nor environment names another; undefined when there is none yet. */
export async function keyOfRuns(io: Io): Promise<PublicKeyInfo | undefined> {
  const path = ownKeyFile(io, "runs");
  const isMade = io.env["GAMEDAY_SIGNING_KEY_FILE"] || (await stat(path).catch(() => undefined));
  return isMade ? (await openSigner({}, io)).key : undefined;
}

function ownKeyFile({ cwd }: Io, use: "runs" | "reviews"): string {
  return join(cwd, GAMEDAY_FOLDER, "keys", use === "runs" ? "signing.pem" : "review.pem");
}
