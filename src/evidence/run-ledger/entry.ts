import { createHash } from "node:crypto";
import * as z from "zod";
import { Failure } from "../../engine/failure.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const entryShape = z.object({
  seq: z.number().int().nonnegative(),
  prev: hash,
  at: z.string(),
  type: z.enum(["intent", "result", "review"]),
  run: z.string(),
  drill: z.string(),
  evidenceClass: z.enum(["live", "emulated"]),
  /** SHA-256 of the statement's envelope. */
  statement: hash.optional(),
  keyid: hash.optional(),
  outcome: z.string().optional(),
  /** SHA-256 of the bundle's manifest. */
  bundle: hash.optional(),
  decision: z.string().optional(),
});

/** One line of the ledger of runs: what is known of every run, the bad ones too. */
export type RunLedgerEntry = z.output<typeof entryShape>;

export interface RunLedger {
  readonly entries: readonly RunLedgerEntry[];
  /** Hash of each line. */
  readonly hashes: readonly string[];
  /** Hash of the last line; 64 zeros for an empty ledger. Pin it somewhere else, and a cut tail is found. */
  readonly head: string;
  /** Bytes of a last line that was cut off while it was written. */
  readonly tornBytes: number;
}

export const LEDGER_START = "0".repeat(64);

/** Checks every line's number and place in the chain. @throws Failure `ledger-damaged` with the first line that is wrong. */
export function parseRunLedger(bytes: Buffer, path: string): RunLedger {
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.toString("utf8", 0, whole).split("\n").slice(0, -1);
  const entries: RunLedgerEntry[] = [];
  const hashes: string[] = [];
  for (const [index, line] of lines.entries()) {
    const entry = readEntry(line);
    const prev = hashes.at(-1) ?? LEDGER_START;
    if (!entry) throw damaged(path, index + 1, "it is not an entry of the ledger");
    if (entry.seq !== index) throw damaged(path, index + 1, `its number is ${entry.seq}, not ${index}`);
    if (entry.prev !== prev) throw damaged(path, index + 1, "it does not follow from the line before it");
    entries.push(entry);
    hashes.push(hashLine(line));
  }
  return { entries, hashes, head: hashes.at(-1) ?? LEDGER_START, tornBytes: bytes.length - whole };
}

export function hashLine(line: string): string {
  return createHash("sha256").update(line).digest("hex");
}

/** Undefined for a line that is no entry. */
export function readEntry(line: string): RunLedgerEntry | undefined {
  try {
    return entryShape.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function damaged(path: string, line: number, what: string): Failure {
  return new Failure({
    code: "ledger-damaged",
    message: `${path}:${line}: this line is damaged: ${what}`,
    fixer: "operator",
    next: "restore the ledger from a copy; what follows the line cannot be trusted",
  });
}
