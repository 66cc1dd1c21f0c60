import { join } from "node:path";
import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import { seal } from "../attestation/envelope.ts";
import { resultStatement, sha256 } from "../attestation/result.ts";
import type { Signer } from "../signing/signer.ts";
import { INTENT_STATEMENT, RESULT_STATEMENT, type BundleFile } from "./bundle-file.ts";
import { bundleFiles } from "./bundle-files.ts";
import { copiedFiles } from "./copied-files.ts";
import { passScan } from "./pass-scan.ts";
import { writeBundle } from "./write-bundle.ts";
import { readRegularFile, readRegularText } from "../../engine/regular-file.ts";

export interface BundleOf {
  readonly record: RunRecord;
  /** Of the journal as it was read: its head and how many events it has. */
  readonly journal: JournalTail;
  readonly runFolder: string;
  /** Must not exist. */
  readonly output: string;
  readonly signer: Signer;
  /** Reports, `result.json`, control mappings: what others render from the record. */
  readonly rendered: readonly BundleFile[];
}

export interface WrittenBundle {
  readonly path: string;
  /** SHA-256 of `MANIFEST.sha256`. */
  readonly digest: string;
  /** SHA-256 of the result's envelope. */
  readonly statement: string;
}

/** Writes a run's evidence to a folder. The same run, earlier runs, key and version of gameday give the same bytes. */
export async function bundleRun(of: BundleOf): Promise<WrittenBundle> {
  const { record, runFolder, signer } = of;
  const intent = await namedIntent(record, runFolder);
  const files = bundleFiles({
    record,
    key: signer.key,
    journal: await wholeLines(runFolder, of.journal),
    copied: await copiedFiles(record, runFolder),
    rendered: of.rendered,
  });
  await passScan(files);
  let statement = "";
  const digest = await writeBundle(of.output, files, async (digests) => {
    const line = await seal(
      resultStatement({ record, journal: of.journal, digests, intent: record.identity?.intent }),
      signer,
    );
    statement = sha256(line);
    return [
      ...(intent === undefined ? [] : [{ path: INTENT_STATEMENT, content: intent }]),
      { path: RESULT_STATEMENT, content: `${line}\n` },
    ];
  });
  return { path: of.output, digest, statement };
}

/** The intent that the journal names. One that it does not was cut off before anything happened, and nothing depends on it. */
async function namedIntent({ identity }: RunRecord, runFolder: string): Promise<string | undefined> {
  const text = await readRegularText(join(runFolder, INTENT_STATEMENT)).catch(() => "");
  return identity?.intent !== undefined && sha256(text.trimEnd()) === identity.intent ? text : undefined;
}

/** A last line that was cut off while it was written is no part of the journal. */
async function wholeLines(runFolder: string, journal: JournalTail): Promise<Buffer> {
  const bytes = await readRegularFile(join(runFolder, "journal.jsonl"));
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const last = whole.subarray(whole.lastIndexOf(0x0a, whole.length - 2) + 1, -1);
  if (sha256(last) !== journal.prev) throw new Error("the journal has changed since it was read");
  return whole;
}
