import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldEvents } from "../../../src/engine/fold.ts";
import { resultStatement } from "../../../src/evidence/attestation/result.ts";
import type { Intent, Result, ResultFacts } from "../../../src/evidence/attestation/statements.ts";
import { verifyRecord } from "../../../src/evidence/bundle/verify-record.ts";
import type { SignedPart } from "../../../src/evidence/bundle/verify-signed.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { RUN_ID, started } from "../events.ts";
import { iso, type Timed } from "../journaled.ts";
import { cutOffRun, failedVerification, finished, passedRehearsal, refusedRun, resumedRehearsal } from "../runs.ts";
import { chained, intentOf } from "./small-bundle.ts";

/** Whoever has the run's key can sign anything: these are journals and what could be signed of them, all in order with each other but one thing. */
const DRILL = "plan/drill.yaml";
const INTENT_FILE = "attestations/intent.intoto.jsonl";
const RESULT_FILE = "attestations/result.intoto.jsonl";
const INTENT = "ab".repeat(32);
const OTHER = "cd".repeat(32);

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "gameday-record-"))));
afterAll(() => rm(folder, { recursive: true }));

interface Forgery {
  readonly events?: readonly Timed[];
  /** What the journal's bytes become after it was signed. */
  readonly text?: (text: string) => string;
  readonly facts?: Partial<ResultFacts>;
  readonly result?: Result["result"];
  readonly intent?: Partial<Intent>;
  readonly signed?: Partial<SignedPart>;
  /** Of the drill's file; null where there is none. */
  readonly drill?: string | null;
  readonly version?: string;
  /** The digest by which the journal names its intent. */
  readonly named?: string | undefined;
  readonly withoutIntent?: boolean;
}

/** "whole", or the file and what is wrong with it. */
async function verify(forgery: Forgery = {}): Promise<string> {
  const { events = passedRehearsal(), text = (same: string) => same, version = "0.1.0" } = forgery;
  const journal = chained(events, "named" in forgery ? forgery.named : INTENT);
  await writeFile(join(folder, "journal.jsonl"), text(journal.text));
  const record = foldEvents(journal.events);
  const digest = forgery.drill === undefined ? record.run.drill.sha256 : forgery.drill;
  const digests = new Map(digest === null ? [] : [[DRILL, digest]]);
  const withIntent = record.identity !== undefined && !forgery.withoutIntent;
  const intent = withIntent ? INTENT : undefined;
  const { predicate } = resultStatement({ record, journal: journal.tail, digests, intent });
  const { gameday: facts, ...rest } = predicate;
  const declared = intentOf(record, {});
  const signed = {
    result: { ...rest, ...(forgery.result ? { result: forgery.result } : {}), gameday: { ...facts, ...forgery.facts } },
    ...(withIntent
      ? { intent: { ...declared.predicate, ...forgery.intent }, intentDigest: INTENT, intentSubjects: declared.subject }
      : {}),
    ...forgery.signed,
  } as SignedPart;
  return verifyRecord(folder, signed, { digests, version }).then(
    (verified) => (verified.record.run.runId === record.run.runId ? "whole" : "another run"),
    (error: unknown) => {
      if (error instanceof Wrong) return error.message;
      throw error;
    },
  );
}

it.each<[string, readonly Timed[]]>([
  ["passed", passedRehearsal()],
  ["failed, live", failedVerification()],
  ["taken up again", resumedRehearsal()],
  ["cut off", cutOffRun()],
])("a run that %s, signed as it was, is whole", async (_name, events) => {
  expect(await verify({ events })).toBe("whole");
});

describe("the journal", () => {
  it("has the lines that were signed, and is of the run that was signed", async () => {
    const { tail } = chained(passedRehearsal(), INTENT);
    const more = { head: tail.prev, events: tail.seq + 1 };
    expect(await verify({ facts: { journal: more } })).toBe(
      `journal.jsonl: it has ${tail.seq} events, and ${tail.seq + 1} were signed`,
    );
    expect(await verify({ facts: { journal: { head: OTHER, events: tail.seq } } })).toBe(
      "journal.jsonl: its last line is not the one that was signed",
    );
    expect(await verify({ facts: { run: "01OTHER" } })).toBe(
      `journal.jsonl: it is of run ${RUN_ID}, and the result of 01OTHER`,
    );
  });

  it("has no torn end, no broken line, and begins a run", async () => {
    expect(await verify({ text: (text) => text.slice(0, -1) })).toBe("journal.jsonl: its last line is cut off");
    expect(await verify({ text: (text) => text.slice(text.indexOf("\n") + 1) })).toMatch(/^journal\.jsonl: line 1/);
    expect(await verify({ text: (text) => text.replace('"attempt":1', '"attempt":2') })).toMatch(
      /^journal\.jsonl: line \d+/,
    );
    expect(await verify({ text: () => "" })).toBe("journal.jsonl: line 1 is not the beginning of a run");
    const headless = chained(passedRehearsal().slice(1), INTENT).text;
    expect(await verify({ text: () => headless })).toBe("journal.jsonl: line 1 is not the beginning of a run");
  });

  it("is of the drill file that lies beside it", async () => {
    expect(await verify({ drill: null })).toBe("plan/drill.yaml: it is missing");
    expect(await verify({ drill: OTHER })).toBe("plan/drill.yaml: it is not the drill file that was run");
  });

  it("ends with the word that follows from its facts, by the rules of the version that ran", async () => {
    const lying = failedVerification().map((event) =>
      event.type === "run-finished" ? { ...event, outcome: "passed" as const } : event,
    );
    expect(await verify({ events: lying })).toBe(
      "journal.jsonl: its last event says passed, and what it tells before is verification-failed",
    );
    expect(await verify({ events: lying, version: "9.9.9" })).toBe("whole");
    const resumedByAnother: Timed = {
      t: 9_000,
      type: "run-resumed",
      versions: { gameday: "0.0.9", node: "20" },
      process: { pid: 2, host: "h" },
      gapMs: 1,
    };
    expect(await verify({ events: [...lying.slice(0, -1), resumedByAnother, ...lying.slice(-1)] })).toBe("whole");
  });
});

describe("the signed result", () => {
  it("says of a run no better class, word, outcome or exit code than the journal bears out", async () => {
    expect(await verify({ facts: { evidenceClass: "live" } })).toBe(
      `${RESULT_FILE}: it says live, and the journal is of a run that was emulated`,
    );
    expect(await verify({ result: "PASSED" })).toBe(`${RESULT_FILE}: a rehearsal cannot be PASSED`);
    const events = passedRehearsal().map((event) =>
      event.type === "run-started" ? { ...event, mode: "live" as const } : event,
    );
    expect(await verify({ events, result: "PASSED" })).toBe("whole");
    expect(await verify({ facts: { outcome: "failed" } })).toBe(
      `${RESULT_FILE}: it says failed (0), and the journal passed (0)`,
    );
    expect(await verify({ facts: { exitCode: 6 } })).toBe(
      `${RESULT_FILE}: it says passed (6), and the journal passed (0)`,
    );
  });
});

describe("the intent", () => {
  const missing = `${INTENT_FILE}: it is missing: nothing shows that objectives and plan were fixed beforehand`;
  const notNamed = `${INTENT_FILE}: it is not the intent that the journal names before its first step`;

  it("may be missing where nothing has begun and none is named, and nowhere else", async () => {
    expect(await verify({ events: refusedRun() })).toBe("whole");
    expect(await verify({ events: refusedRun(), facts: { intent: INTENT } })).toBe(missing);
    expect(await verify({ withoutIntent: true })).toBe(missing);
    const onlyStep = passedRehearsal().filter(({ type }) => type !== "resource-intended");
    expect(await verify({ events: onlyStep, withoutIntent: true })).toBe(missing);
    const intended = passedRehearsal().filter(({ type }) => type === "resource-intended");
    expect(await verify({ events: [started(), ...intended], withoutIntent: true })).toBe(missing);
  });

  it("is the one that the journal names, before anything begins", async () => {
    expect(await verify({ named: OTHER })).toBe(notNamed);
    expect(await verify({ named: undefined })).toBe(notNamed);
    const [first, ...others] = passedRehearsal();
    const identity = others.filter(({ type }) => type === "identity-confirmed");
    const late = [first, ...others.filter((event) => !identity.includes(event)), ...identity] as Timed[];
    expect(await verify({ events: late, version: "9.9.9" })).toBe(notNamed);
    const nothingBegan = [started(), ...identity, finished(1, { outcome: "unproven", exitCode: 3 })];
    expect(await verify({ events: nothingBegan, version: "9.9.9" })).toBe("whole");
    const noneNamed = [started(), finished(1, {})];
    const declared = intentOf(foldEvents(chained(passedRehearsal(), INTENT).events), {});
    const added = { intent: declared.predicate, intentDigest: INTENT, intentSubjects: declared.subject };
    expect(await verify({ events: noneNamed, signed: added, version: "9.9.9" })).toBe(notNamed);
  });

  it("is the one that the result names, and of its run", async () => {
    expect(await verify({ facts: { intent: OTHER } })).toBe(
      `${INTENT_FILE}: it is not the intent that the result names`,
    );
    expect(await verify({ intent: { run: "01OTHER" } })).toBe(`${INTENT_FILE}: it is of run 01OTHER`);
  });

  it("is about the drill file that was run, in its subject and in its words", async () => {
    const wrong = `${INTENT_FILE}: it is about another drill file than the one that was run`;
    const subject = (name: string, sha256: string) => ({ signed: { intentSubjects: [{ name, digest: { sha256 } }] } });
    expect(await verify(subject(DRILL, OTHER))).toBe(wrong);
    expect(await verify(subject("plan/other.yaml", "9f2c1d".padEnd(64, "0")))).toBe(wrong);
    expect(await verify({ intent: { drill: { name: "ebs-snapshot-copy", sha256: OTHER } } })).toBe(wrong);
    expect(await verify({ intent: { drill: { name: "other", sha256: "9f2c1d".padEnd(64, "0") } } })).toBe(
      `${INTENT_FILE}: drill.name is "other", and the journal says "ebs-snapshot-copy"`,
    );
  });

  it("was declared before the run went on: at that instant, not after it", async () => {
    expect(await verify({ intent: { declaredAt: iso(0.5) } })).toBe("whole");
    expect(await verify({ intent: { declaredAt: iso(0.501) } })).toBe(
      `${INTENT_FILE}: it was declared at ${iso(0.501)}, after the run had gone on at ${iso(0.5)}`,
    );
  });

  it("has the objectives, the class and the files of the run", async () => {
    const wrong = `${INTENT_FILE}: its objectives are not those of the run`;
    expect(await verify({ intent: { objectives: { rtoMs: 1, rpoMs: 93_600_000 } } })).toBe(wrong);
    expect(await verify({ intent: { objectives: { rtoMs: 3_600_000 } } })).toBe(wrong);
    expect(await verify({ intent: { evidenceClass: "live" } })).toBe(
      `${INTENT_FILE}: it announces a run that is live, and the journal is of another`,
    );
    const files = [{ path: "terraform/dlm.tf", sha256: OTHER }];
    const events = passedRehearsal().map((event) => (event.type === "run-started" ? { ...event, files } : event));
    expect(await verify({ events, intent: { files } })).toBe("whole");
    expect(await verify({ events, intent: { files: [] } })).toContain("files[0] is absent");
    const { files: _none, ...older } = intentOf(foldEvents(chained(passedRehearsal(), INTENT).events), {}).predicate;
    expect(await verify({ signed: { intent: older } })).toBe("whole");
  });
});
