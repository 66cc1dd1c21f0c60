import { createHash } from "node:crypto";
import * as z from "zod";
import { Failure } from "../../engine/failure.ts";
import { whyLineNotSigned } from "./signature.ts";

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
  /** The public key that has signed this line: SubjectPublicKeyInfo, DER in Base64. */
  key: z.string().optional(),
  custody: z.string().optional(),
  outcome: z.string().optional(),
  /** SHA-256 of the bundle's manifest. */
  bundle: hash.optional(),
  decision: z.string().optional(),
  /** Of a result: SHA-256 of the journal's last line and how many lines it has. Every later result must extend it. */
  journal: z.object({ head: hash, events: z.number().int().positive() }).optional(),
  /** Over all the rest of the line. Lines of gameday before it signed them have none, and prove nothing. */
  sig: z.string().optional(),
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

/** Checks every line's number, place in the chain and signature. @throws Failure `ledger-damaged` with the first line that is wrong. */
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
    const why = whyNotSigned(line, entry, entries.at(-1));
    if (why !== undefined) throw damaged(path, index + 1, why);
    entries.push(entry);
    hashes.push(hashLine(line));
  }
  return { entries, hashes, head: hashes.at(-1) ?? LEDGER_START, tornBytes: bytes.length - whole };
}

/** Unsigned are lines of a gameday that did not sign yet, at the beginning; behind a signed one, one is somebody else's. */
function whyNotSigned(line: string, entry: RunLedgerEntry, before: RunLedgerEntry | undefined): string | undefined {
  if (entry.sig === undefined)
    return before?.sig === undefined ? undefined : "it is not signed, and the line before it is";
  if (entry.type === "result" && !entry.journal) return "it is a result that names no journal";
  return whyLineNotSigned(line, entry);
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
