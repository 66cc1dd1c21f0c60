import { generateKeyPairSync } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournaledEvent, RunEvent } from "../../../src/engine/events.ts";
import { foldEvents } from "../../../src/engine/fold.ts";
import { CHAIN_START, chainHash, writeLine } from "../../../src/engine/journal-line.ts";
import type { JournalTail } from "../../../src/engine/journal.ts";
import type { RunRecord } from "../../../src/engine/record.ts";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { evidenceClassOf } from "../../../src/evidence/attestation/evidence-class.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { INTENT_TYPE, statement, type Intent, type LedgerPlace } from "../../../src/evidence/attestation/statements.ts";
import { bundleRun, type WrittenBundle } from "../../../src/evidence/bundle/bundle-run.ts";
import { resultOf, type Result } from "../../../src/evidence/result/result.ts";
import { openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";
import { iso, type Timed } from "../journaled.ts";
import { passedRehearsal } from "../runs.ts";

/** A run folder and its bundle, made from hand-written events: small enough to flip every byte of it. */
export interface SmallBundle extends WrittenBundle {
  readonly record: RunRecord;
  readonly journal: JournalTail;
  readonly signer: Signer;
  readonly root: string;
  readonly runFolder: string;
  /** SHA-256 of the intent's envelope. */
  readonly intent: string;
  /** Another copy of the bundle, to damage. */
  copy(): Promise<string>;
  close(): Promise<void>;
}

export interface SmallOptions {
  readonly events?: readonly Timed[];
  readonly runId?: string;
  readonly mode?: "live" | "rehearsal";
  readonly intentAt?: string;
  readonly intentObjectives?: Intent["objectives"];
  readonly place?: LedgerPlace;
  readonly signer?: Signer;
  /** Another result than the one that follows from the events. */
  report?(result: Result): Result;
}

/** Of the gameday that made the bundle. */
export const VERSION = "0.0.0-test";

export async function smallBundle(options: SmallOptions = {}): Promise<SmallBundle> {
  const root = await mkdtemp(join(tmpdir(), "gameday-bundle-"));
  const runFolder = join(root, "run");
  await mkdir(join(runFolder, "attestations"), { recursive: true });
  const signer = options.signer ?? (await openOrMakeKeyFile(join(root, "keys/signing.pem")));
  const bare = foldEvents(chained(eventsOf(options), undefined).events);
  const line = await seal(intentOf(bare, options), signer);
  const intent = sha256(line);
  await writeFile(join(runFolder, "attestations/intent.intoto.jsonl"), `${line}\n`);
  const { events, text, tail } = chained(eventsOf(options), intent);
  await writeFile(join(runFolder, "journal.jsonl"), text);
  const record = foldEvents(events);
  const output = join(root, "bundle");
  const report = resultOf(record, { renderedBy: VERSION });
  const rendered = [
    { path: "result.json", content: `${JSON.stringify(options.report?.(report) ?? report)}\n` },
    { path: "report.md", content: `# ${record.run.drill.name}\n` },
  ];
  const bundle = await bundleRun({ record, journal: tail, runFolder, output, signer, rendered });
  let copies = 0;
  return {
    ...bundle,
    record,
    journal: tail,
    signer,
    root,
    runFolder,
    intent,
    copy: async () => {
      const path = join(root, `copy-${++copies}`);
      await cp(output, path, { recursive: true });
      return path;
    },
    close: () => rm(root, { recursive: true, force: true }),
  };
}

function eventsOf({ events = passedRehearsal(), runId, mode }: SmallOptions): readonly Timed[] {
  return events.map((event) => {
    if (event.type !== "run-started") return event;
    const drill = { ...event.drill, sha256: sha256(event.drill.text) };
    return { ...event, drill, ...(runId ? { runId } : {}), ...(mode ? { mode } : {}) };
  });
}

export function chained(timed: readonly Timed[], intent: string | undefined) {
  const events: JournaledEvent[] = [];
  let [prev, text] = [CHAIN_START, ""];
  for (const [seq, { t, ...event }] of timed.entries()) {
    const promised: RunEvent = event.type === "identity-confirmed" && intent ? { ...event, intent } : event;
    const journaled = { v: 1, seq, at: iso(t), mono: t * 1000, prev, ...promised } as JournaledEvent;
    const line = writeLine(journaled);
    events.push(journaled);
    prev = chainHash(line);
    text += `${line}\n`;
  }
  return { events, text, tail: { seq: events.length, prev, mono: 0 } };
}

function intentOf(record: RunRecord, options: SmallOptions) {
  const { run, identity } = record;
  return statement<Intent>(INTENT_TYPE, [{ name: "plan/drill.yaml", digest: { sha256: run.drill.sha256 } }], {
    run: run.runId,
    declaredAt: options.intentAt ?? iso(0.3),
    drill: { name: run.drill.name, sha256: run.drill.sha256 },
    objectives: options.intentObjectives ?? run.objectives,
    regions: run.regions,
    controls: run.controls,
    plannedSteps: [],
    evidenceClass: evidenceClassOf(record),
    account: identity?.account ?? "",
    operator: identity?.arn ?? "",
    gameday: "0",
    ledger: options.place ?? { sequence: 0, previous: "0".repeat(64) },
  });
}

/** A P-256 key in a file: what KMS has, without KMS. */
export async function p256Key(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
}
