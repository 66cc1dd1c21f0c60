import { constants } from "node:fs";
import { mkdir, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../../engine/failure.ts";
import { LEDGER_START, hashLine, parseRunLedger, readEntry, type RunLedger, type RunLedgerEntry } from "./entry.ts";
import type { Signer } from "../signing/signer.ts";
import { lineKey, signLine, type LineKey } from "./signature.ts";
import type { LedgerPlace } from "../attestation/statements.ts";
import { openOwnFile, readRegularFile } from "../../engine/regular-file.ts";

export type NewEntry = Omit<RunLedgerEntry, "seq" | "prev" | "sig" | keyof LineKey>;

/** The ledger at a path; empty when there is none. @throws Failure `ledger-damaged` */
export async function readRunLedger(path: string): Promise<RunLedger> {
  return parseRunLedger(await readRegularFile(path).catch(absent), path);
}

/**
 * Appends one signed line, on disk (fsync) before it resolves. `make` is told where the line will stand, so that a signed statement can
 * say it. Only one process may be in here at a time: the caller holds the lock. A torn last line was never acknowledged: it is cut off.
 */
export async function appendEntry(
  path: string,
  signer: Signer,
  make: (place: LedgerPlace) => NewEntry | Promise<NewEntry>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await openOwnFile(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
  try {
    const end = await readEnd(file);
    const made = await make({ sequence: end.seq, previous: end.prev });
    const line = await signLine({ seq: end.seq, prev: end.prev, ...made, ...lineKey(signer) }, signer);
    await file.truncate(end.wholeBytes);
    await file.appendFile(`${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface End {
  readonly seq: number;
  readonly prev: string;
  readonly wholeBytes: number;
}

/** Lines are short; the last whole one is in here. */
const TAIL_BYTES = 16_384;

/** Only the tail is read: a ledger of many years costs nothing to append to. */
async function readEnd(file: FileHandle): Promise<End> {
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = Buffer.alloc(size - from);
  await file.read(tail, 0, tail.length, from);
  const whole = tail.lastIndexOf(0x0a) + 1;
  const line = tail.toString("utf8", tail.lastIndexOf(0x0a, Math.max(0, whole - 2)) + 1, Math.max(0, whole - 1));
  const wholeBytes = from + whole;
  if (line === "") return { seq: 0, prev: LEDGER_START, wholeBytes };
  return { seq: numberOf(line) + 1, prev: hashLine(line), wholeBytes };
}

function numberOf(line: string): number {
  const entry = readEntry(line);
  if (entry) return entry.seq;
  throw new Failure({
    code: "ledger-damaged",
    message: "the last line of the ledger of runs is damaged: nothing can follow it",
    fixer: "operator",
    next: "restore .gameday/ledger.jsonl from a copy",
    consequence: "refused",
  });
}

function absent(error: NodeJS.ErrnoException): Buffer {
  if (error.code === "ENOENT") return Buffer.alloc(0);
  throw error;
}
