import { secretInFile } from "../redaction/scan-file.ts";
import { refuseSecret, SECRET_PATTERNS, secretInText } from "../redaction/secret-scan.ts";
import type { BundleFile } from "./bundle-file.ts";

/** What was done so that no secret is in a bundle. */
export interface RedactionLog {
  /** Values that steps had marked as secret were blanked before they were journaled: so often. */
  readonly blanked: number;
  /** What every file was scanned for, last of all. A hit would have kept the bundle from being written. */
  readonly scannedFor: readonly string[];
  readonly filesScanned: number;
  /** Files of hashes and paths, copied as they are; they were scanned too: a file's name may hold a secret. */
  readonly filesCopied: readonly string[];
}

/** The last gate of a bundle. @throws Failure when anything in it looks like a secret */
export async function passScan(files: readonly BundleFile[]): Promise<void> {
  for (const file of files) {
    const what = `the bundle's ${file.path}`;
    refuseSecret(what, "copyOf" in file ? await secretInFile(file.copyOf) : secretInText(file.content.toString()));
  }
}

/** What is told of the scan that files have passed before a bundle of them was written. */
export function redactionLog(files: readonly BundleFile[]): RedactionLog {
  const journal = files.find(({ path }) => path === "journal.jsonl");
  const text = journal && "content" in journal ? journal.content.toString() : "";
  return {
    blanked: text.split("[redacted]").length - 1,
    scannedFor: SECRET_PATTERNS.map(({ name }) => name),
    filesScanned: files.length,
    filesCopied: files.flatMap((file) => ("copyOf" in file ? [file.path] : [])),
  };
}
