import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { Failure } from "../../engine/failure.ts";
import type { RunRecord } from "../../engine/record.ts";
import { masked, maskKey, resourceNames, type Mask } from "../../evidence/redaction/mask.ts";
import { resultOf } from "../../evidence/result/result.ts";
import type { ReportFormat } from "../../reporters/format-names.ts";
import { renderReport } from "../../reporters/formats.ts";
import { renderSummary } from "../../reporters/summary.ts";
import type { Io } from "../io.ts";
import { resultExtras, type ExtrasOf } from "../evidence/result-extras.ts";
import { readRun } from "../runs/read-run.ts";
import { findRunFolder } from "../runs/run-folder.ts";
import { writeOutput } from "../write-output.ts";

export interface ReportOptions {
  /** A run id, the beginning of one, or `latest`. */
  readonly run: string;
  readonly format: ReportFormat | "summary";
  /** Standard output when absent. */
  readonly output?: string;
  /** Pseudonyms in place of account ids and ARNs. */
  readonly mask?: boolean;
  /** And of resource ids, IP addresses and the machine's name. */
  readonly maskResources?: boolean;
  /** File of the key that they are made with; else GAMEDAY_MASK_KEY holds it. */
  readonly maskKey?: string;
}

/** Renders the report of a run again, from its journal alone. */
export async function report(options: ReportOptions, io: Io): Promise<number> {
  const run = await findRunFolder(io.cwd, options.run);
  const { journal, record } = await readRun(run.path);
  if (journal.tornBytes > 0) io.stderr.write(`gameday: the journal's last line was cut off; it is left out\n`);
  const text = await render({ run, record, journal: journal.tail }, options, io);
  if (options.output === undefined) io.stdout.write(text);
  else await writeOutput(options.output, text, io.cwd);
  return 0;
}

async function render(of: Omit<ExtrasOf, "cwd">, options: ReportOptions, io: Io): Promise<string> {
  const { record } = of;
  const mask = options.mask || options.maskResources ? await maskOf(options, record, io) : undefined;
  const shown = <T>(data: T): T => (mask ? masked(data, mask) : data);
  if (options.format === "summary") return renderSummary(shown(record));
  const result = resultOf(shown(record), shown(await resultExtras({ cwd: io.cwd, ...of })));
  return renderReport(result, options.format, { drillFile: relative(io.cwd, record.run.drill.path) });
}

async function maskOf(options: ReportOptions, record: RunRecord, io: Io): Promise<Mask> {
  const key = await keyOf(options, io);
  return options.maskResources ? { key, names: resourceNames(record) } : { key };
}

async function keyOf({ maskKey: file }: ReportOptions, io: Io): Promise<Uint8Array> {
  if (file !== undefined) return maskKey(await readKey(resolve(io.cwd, file)));
  const given = io.env["GAMEDAY_MASK_KEY"];
  if (given) return maskKey(new TextEncoder().encode(given));
  throw new Failure({
    code: "no-mask-key",
    message: "masking needs a key: without one, account ids could be guessed from their pseudonyms",
    fixer: "operator",
    next: "openssl rand -hex 32 > mask.key, keep it outside of every bundle, and name it with --mask-key mask.key",
  });
}

async function readKey(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new Failure({
      code: "mask-key-unreadable",
      message: `cannot read the key for masking, ${path}: ${(cause as Error).message}`,
      fixer: "operator",
      next: "openssl rand -hex 32 > mask.key",
      cause,
    });
  }
}
