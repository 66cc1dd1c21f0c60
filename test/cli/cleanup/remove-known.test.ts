import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openHands, type Hands } from "../../../src/cli/cleanup/hands.ts";
import type { KnownRun } from "../../../src/cli/cleanup/known-runs.ts";
import type { Leftover } from "../../../src/cli/cleanup/leftover.ts";
import { removeLeftovers, type RemovalRequest } from "../../../src/cli/cleanup/remove.ts";
import { readRun } from "../../../src/cli/runs/read-run.ts";
import { holdRun, takeRunLock } from "../../../src/cli/runs/run-lock.ts";
import { Failure } from "../../../src/engine/failure.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { capturedIo, type CapturedIo } from "../captured-io.ts";
import { killedRun, type KilledRun } from "../killed-run.ts";
import { sandboxOf, type StandaloneSandbox } from "../standalone-sandbox.ts";
import { DR, HOUR_MS, tagging } from "./cleanup-rig.ts";

const ENVIRONMENT = { ...process.env };
let sandbox: StandaloneSandbox;
let ec2: EC2;
let hands: Hands;
let io: CapturedIo;
let runId: string;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  sandbox = await sandboxOf({ speed: 100 }, (work) => void ending.push(work));
  ec2 = new EC2(clientSettings(sandbox, DR));
  // The SDK looks for credentials there.
  Object.assign(process.env, sandbox.environment);
  await using here = await capturedIo(sandbox.environment);
  hands = await openHands({ io: here, accounts: new Set([sandbox.account]), region: DR });
});
beforeEach(async () => {
  runId = ulid(Date.now() - 2 * HOUR_MS);
  io = await capturedIo(sandbox.environment);
  onTestFinished(() => io[Symbol.asyncDispose]());
});
afterAll(async () => {
  await hands.connection.close();
  Object.assign(process.env, ENVIRONMENT);
  for (const name of Object.keys(sandbox.environment)) if (!(name in ENVIRONMENT)) delete process.env[name];
  ec2.destroy();
  for (const work of ending) await work();
});

async function volume(): Promise<string> {
  const tags = tagging("volume", { "gameday:run": runId });
  const { VolumeId } = await ec2.createVolume({ AvailabilityZone: `${DR}a`, Size: 1, ...tags });
  const { endpoint, controlHeaders } = sandbox;
  await fetch(`${endpoint}/_gameday/advance?ms=${HOUR_MS}`, { method: "POST", headers: controlHeaders });
  return VolumeId!;
}

/** A run that was killed when it had made these volumes, as cleanup sees it at its first look. */
async function killed(ids: readonly string[], more: Partial<KilledRun> = {}): Promise<KnownRun> {
  const made = ids.map((id) => ({ kind: "ec2.volume", id }));
  const path = await killedRun({ cwd: io.cwd, runId, sandbox, made, ...more });
  return { folder: { runId, path }, ...(await readRun(path)) };
}

const leftoversOf = ({ record }: KnownRun): readonly Leftover[] =>
  record.ledger.map((entry) => ({ runId, drill: "quick", entry, since: 0 }));

async function remove(known: KnownRun, more: Partial<RemovalRequest> = {}, leftovers = leftoversOf(known)) {
  const removals = await removeLeftovers({ io, hands, known: [known], ...more }, leftovers);
  return removals.map(({ leftover, failure }) => [leftover.entry.id, failure]);
}

const journalOf = ({ folder }: KnownRun) => readFile(join(folder.path, "journal.jsonl"));

async function there(): Promise<readonly string[]> {
  return (await sandbox.inventory()).flatMap(({ id, state }) => (state === "deleting" ? [] : [id]));
}

describe("of a run whose folder is here", () => {
  it("what may go is deleted, what stays is not, and its journal tells which", async () => {
    const [goes, stays] = [await volume(), await volume()];
    const known = await killed([goes, stays]);
    const leftovers = leftoversOf(known).map((one) =>
      one.entry.id === stays ? { ...one, stays: { why: "somebody builds on it", remains: true } } : one,
    );
    expect(await remove(known, {}, leftovers)).toEqual([[goes, undefined]]);
    const { record, journal } = await readRun(known.folder.path);
    expect(record.ledger.map(({ id, state }) => [id, state])).toEqual([
      [goes, "deleted"],
      [stays, "created"],
    ]);
    expect(record.resumes).toHaveLength(1);
    expect(journal.tornBytes).toBe(0);
    expect(await there()).toContain(stays);
    expect(await there()).not.toContain(goes);
  });

  it("what it made after the first look is deleted, too, and told", async () => {
    const listed = await volume();
    const known = await killed([listed]);
    const later = await volume();
    expect(await remove(known)).toEqual([
      [listed, undefined],
      [later, undefined],
    ]);
    expect(await there()).not.toContain(later);
  });

  it("what does not go remains, with the reason, and keeps nothing else from going", async () => {
    const id = await volume();
    const made = [
      { kind: "a.later-kind", id: "later-1" },
      { kind: "ec2.volume", id },
    ];
    const known = await killed([], { made });
    expect(await remove(known)).toEqual([
      ["later-1", expect.stringContaining("nothing knows how to destroy a a.later-kind")],
      [id, undefined],
    ]);
    expect(await there()).not.toContain(id);
  });

  it("is cleaned up though its drill is one that this version cannot read any more", async () => {
    const id = await volume();
    expect(await remove(await killed([id], { drill: "apiVersion: gameday/v99\nname: quick\n" }))).toEqual([
      [id, undefined],
    ]);
    expect(await there()).not.toContain(id);
  });

  it("is cleaned up though its last line was cut off, and its journal is whole afterwards", async () => {
    const id = await volume();
    const whole = await killed([id]);
    await appendFile(join(whole.folder.path, "journal.jsonl"), '{"v":1,"seq":');
    const known = { ...whole, ...(await readRun(whole.folder.path)) };
    expect(known.journal.tornBytes).toBeGreaterThan(0);
    expect(await remove(known)).toEqual([[id, undefined]]);
    expect((await readRun(known.folder.path)).journal.tornBytes).toBe(0);
  });
});

describe("nothing is deleted, all of it is listed, and the run is free again", () => {
  it.each([
    [
      "after an interrupt",
      async (known: KnownRun) => {
        const interrupted = new Failure({ code: "interrupted", message: "interrupted (SIGINT)", fixer: "operator" });
        return { known, more: { stop: AbortSignal.abort(interrupted) }, why: "interrupted (SIGINT)" };
      },
    ],
    [
      "where the run has gone on since the first look",
      async (known: KnownRun) => {
        const ids = known.record.ledger.map(({ id = "" }) => id);
        await killed(ids, { more: [{ t: 9, type: "resource-deleting", key: "ok#1/0" }] });
        return { known, more: {}, why: "it has gone on since it was looked at" };
      },
    ],
    [
      "where the journal is another one of the same length",
      async (known: KnownRun) => {
        const ids = known.record.ledger.map(({ id = "" }) => id);
        await killed(ids, { process: { pid: 4711, host: "elsewhere" } });
        return { known, more: {}, why: "it has gone on since it was looked at" };
      },
    ],
    [
      "where the drill's credentials are of another account than the run's",
      async ({ folder }: KnownRun) => {
        const ids = (await readRun(folder.path)).record.ledger.map(({ id = "" }) => id);
        const known = await killed(ids, { account: "999900001111" });
        return { known, more: {}, why: "the credentials are of account 111122223333" };
      },
    ],
    [
      "where somebody else holds the run",
      async (known: KnownRun) => {
        const release = await holdRun(io.cwd, runId);
        onTestFinished(release);
        return { known, more: {}, why: "is going on" };
      },
    ],
  ])("%s", async (_when, arrange) => {
    const id = await volume();
    const { known, more, why } = await arrange(await killed([id]));
    const before = await journalOf(known);
    const from = sandbox.operations().length;
    expect(await remove(known, more)).toEqual([
      [id, expect.stringMatching(`^run ${runId}: .*${why.replace(/[()]/g, ".")}`)],
    ]);
    expect(await journalOf(known)).toEqual(before);
    expect(
      sandbox
        .operations()
        .slice(from)
        .filter((name) => !/:(Get|Describe|List)/.test(name)),
    ).toEqual([]);
    expect(await there()).toContain(id);
    if (why === "is going on") return;
    const account = known.record.identity!.account;
    await (
      await holdRun(io.cwd, runId)
    )();
    await (
      await takeRunLock({ cwd: io.cwd, drill: "quick", account, runId: ulid() })
    )();
  });
});
