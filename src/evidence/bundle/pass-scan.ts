import { refuseSecret, SECRET_PATTERNS, secretInText } from "../redaction/secret-scan.ts";
import type { BundleFile } from "./bundle-file.ts";

/** What was done so that no secret is in a bundle. */
export interface RedactionLog {
  /** Values that steps had marked as secret were blanked before they were journaled: so often. */
  readonly blanked: number;
  /** What every file was scanned for, last of all. A hit would have kept the bundle from being written. */
  readonly scannedFor: readonly string[];
  readonly filesScanned: number;
  /** Files of hashes and paths only, copied as they are. */
  readonly filesCopied: readonly string[];
}

/** The last gate of a bundle. @throws Failure when anything in it looks like a secret */
export function passScan(files: readonly BundleFile[]): RedactionLog {
  let blanked = 0;
  let filesScanned = 0;
  for (const file of files) {
    if (!("content" in file)) continue;
    const text = file.content.toString();
    refuseSecret(`the bundle's ${file.path}`, secretInText(text));
    filesScanned++;
    if (file.path === "journal.jsonl") blanked = text.split("[redacted]").length - 1;
  }
  return {
    blanked,
    scannedFor: SECRET_PATTERNS.map(({ name }) => name),
    filesScanned,
    filesCopied: files.flatMap((file) => ("copyOf" in file ? [file.path] : [])),
  };
}
