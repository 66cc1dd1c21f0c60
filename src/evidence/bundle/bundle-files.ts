import type { RunRecord } from "../../engine/record.ts";
import type { PublicKeyInfo } from "../signing/signer.ts";
import { json, KEY_INFO, PUBLIC_KEY, type BundleFile } from "./bundle-file.ts";
import { factFiles } from "./fact-files.ts";
import { redactionLog } from "./pass-scan.ts";
import { planFiles } from "./plan-files.ts";
import { bundleReadme } from "./readme.ts";

export const JOURNAL = "journal.jsonl";

export interface FilesOf {
  readonly record: RunRecord;
  readonly key: PublicKeyInfo;
  /** The bytes of its file. */
  readonly journal: Buffer;
  /** What the journal names by hash only. */
  readonly copied: readonly BundleFile[];
  /** Reports and control mappings. */
  readonly rendered: readonly BundleFile[];
}

/**
 * Every file of a bundle but manifest and statements. Both who writes a bundle and who verifies one call this: what is not made here
 * is in no bundle, and what is in a bundle is made here again.
 */
export function bundleFiles(of: FilesOf): readonly BundleFile[] {
  const { record, key } = of;
  const { keyId, algorithm, custody, publicKeyPem } = key;
  const files: readonly BundleFile[] = [
    { path: "README.txt", content: bundleReadme(record, key) },
    { path: JOURNAL, content: of.journal },
    { path: PUBLIC_KEY, content: publicKeyPem },
    { path: KEY_INFO, content: json({ keyId, algorithm, custody }) },
    ...planFiles(record),
    ...factFiles(record),
    ...of.copied,
    ...of.rendered,
  ];
  return [...files, { path: "redaction.json", content: json(redactionLog(files)) }];
}
