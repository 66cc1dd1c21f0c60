import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournaledEvent, RunEvent } from "../../../src/engine/events.ts";
import { foldEvents } from "../../../src/engine/fold.ts";
import { CHAIN_START, chainHash, writeLine } from "../../../src/engine/journal-line.ts";
import type { JournalTail } from "../../../src/engine/journal.ts";
import type { RunRecord } from "../../../src/engine/record.ts";
import type { Framework } from "../../../src/evidence/controls/framework.ts";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { evidenceClassOf } from "../../../src/evidence/attestation/evidence-class.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import { INTENT_TYPE, statement, type Intent, type LedgerPlace } from "../../../src/evidence/attestation/statements.ts";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import type { EarlierRuns } from "../../../src/evidence/bundle/renderer.ts";
import { bundleRun, type WrittenBundle } from "../../../src/evidence/bundle/bundle-run.ts";
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
  /** Of the manifest that its first step has kept. */
  readonly lines?: string;
  readonly earlier?: EarlierRuns;
  readonly frameworks?: readonly Framework[];
  /** What the intent says otherwise than the run. */
  readonly announced?: Partial<Intent>;
}

export async function smallBundle(options: SmallOptions = {}): Promise<SmallBundle> {
  const root = await mkdtemp(join(tmpdir(), "gameday-bundle-"));
  try {
    return await madeIn(root, options);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

async function madeIn(root: string, options: SmallOptions): Promise<SmallBundle> {
  const runFolder = join(root, "run");
  await mkdir(join(runFolder, "attestations"), { recursive: true });
  await writeCopied(runFolder, options);
  const signer = options.signer ?? (await openOrMakeKeyFile(join(root, "keys/signing.pem")));
  const bare = foldEvents(chained(eventsOf(options), undefined).events);
  const line = await seal(intentOf(bare, options), signer);
  const intent = sha256(line);
  await writeFile(join(runFolder, "attestations/intent.intoto.jsonl"), `${line}\n`);
  const { events, text, tail } = chained(eventsOf(options), intent);
  await writeFile(join(runFolder, "journal.jsonl"), text);
  const record = foldEvents(events);
  const output = join(root, "bundle");
  const declared = intentOf(bare, options).predicate;
  const rendered = await bundleRenderer.render({
    record,
    journal: tail,
    key: signer.key,
    intent: record.identity === undefined ? undefined : { statement: declared, digest: intent },
    frameworks: options.frameworks ?? (await bundleRenderer.shippedFrameworks()),
    earlier: options.earlier ?? {},
  });
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

/** What the run's folder holds that is copied as it is. */
const LOCK = `provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.100.0"\n}\n`;
const FILES = [{ path: "terraform/dlm.tf", sha256: sha256("dlm") }, { path: "terraform/secret.tf" }];
const LINES = `${"0".repeat(64)}  ./data/ledger.db\n`;

async function writeCopied(runFolder: string, { lines = LINES }: SmallOptions): Promise<void> {
  await mkdir(join(runFolder, "manifests"));
  await writeFile(join(runFolder, linesPath(lines)), lines);
  await mkdir(join(runFolder, "terraform/backup"), { recursive: true });
  await writeFile(join(runFolder, "terraform/backup/.terraform.lock.hcl"), LOCK);
}

function linesPath(lines: string): string {
  return `manifests/${sha256(lines).slice(0, 32)}.txt`;
}

function eventsOf(options: SmallOptions): readonly Timed[] {
  const { events = passedRehearsal(), runId, mode, lines = LINES } = options;
  const manifest = { algorithm: "sha256", root: sha256(lines), lines: linesPath(lines) };
  return events.map((event) => {
    if (event.type === "tool-used" && event.tool === "hashicorp/aws") return { ...event, lock: sha256(LOCK) };
    if (event.type === "step-finished" && event.step === "marker") return { ...event, outputs: { manifest } };
    if (event.type !== "run-started") return event;
    const drill = { ...event.drill, sha256: sha256(event.drill.text) };
    return { ...event, drill, files: FILES, ...(runId ? { runId } : {}), ...(mode ? { mode } : {}) };
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

export function intentOf(record: RunRecord, options: SmallOptions) {
  const { run, identity } = record;
  return statement<Intent>(INTENT_TYPE, [{ name: "plan/drill.yaml", digest: { sha256: run.drill.sha256 } }], {
    run: run.runId,
    declaredAt: options.intentAt ?? iso(0.3),
    drill: { name: run.drill.name, sha256: run.drill.sha256 },
    objectives: options.intentObjectives ?? run.objectives,
    regions: run.regions,
    controls: run.controls,
    plannedSteps: run.steps.map(({ id, phase, uses }) => ({ id, phase, uses })),
    evidenceClass: evidenceClassOf(record),
    account: identity?.account ?? "",
    operator: identity?.arn ?? "",
    gameday: run.versions.gameday,
    files: run.files ?? [],
    ledger: options.place ?? { sequence: 0, previous: "0".repeat(64) },
    ...options.announced,
  });
}
