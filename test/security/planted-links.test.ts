import { execFileSync } from "node:child_process";
import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Journal } from "../../src/engine/journal.ts";
import { cutTornLine, readJournal } from "../../src/engine/read-journal.ts";
import type { ServiceScope } from "../../src/engine/step-kind.ts";
import { sha256 } from "../../src/evidence/attestation/result.ts";
import { keepSummary } from "../../src/evidence/history/kept-summary.ts";
import { readHistory } from "../../src/evidence/history/read-history.ts";
import { appendEntry } from "../../src/evidence/run-ledger/append.ts";
import { openOrMakeKeyFile } from "../../src/evidence/signing/key-file.ts";
import { reportFilesReporter, STANDARD_FORMATS } from "../../src/reporters/files.ts";
import { saveLines } from "../../src/steps/on-host/manifest-lines.ts";
import { writeVariables } from "../../src/terraform/working-copy.ts";
import { systemClock } from "../../src/time/system-clock.ts";
import { RUN_ID } from "../evidence/events.ts";
import { recordOf } from "../evidence/journaled.ts";
import { passedRehearsal } from "../evidence/runs.ts";
import { journalFile } from "./journal-file.ts";

/** A token, as programs keep them: no line feed at its end. */
const TOKEN = "hvs.of-somebody-else";

let cwd: string;
let gameday: string;
let run: string;
let elsewhere: string;
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), "gameday-links-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  cwd = join(root, "checkout");
  gameday = join(cwd, ".gameday");
  run = join(gameday, "runs", RUN_ID);
  elsewhere = join(root, "token");
  await mkdir(run, { recursive: true });
  await writeFile(elsewhere, TOKEN);
});

async function plant(path: string): Promise<void> {
  await rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  await symlink(elsewhere, path);
}

const record = recordOf(passedRehearsal());

describe("a link that leads out of a shared checkout, in the place of a file that gameday writes", () => {
  it.each<[string, () => string, () => Promise<unknown>]>([
    ...(["result.json", "report.md", "report.html"] as const).map(
      (name): [string, () => string, () => Promise<unknown>] => [
        name,
        () => join(run, name),
        async () => reportFilesReporter({ runFolder: run, formats: STANDARD_FORMATS }).finish?.(record),
      ],
    ),
    ["a run's summary", () => join(run, "summary.json"), () => keepSummary(run, record)],
    [
      "the cache of history",
      () => join(gameday, "history.jsonl"),
      () => readHistory({ runs: dirname(run), cache: join(gameday, "history.jsonl") }),
    ],
    [
      "a manifest's lines",
      () => join(run, "manifests", `${sha256("lines\n").slice(0, 32)}.txt`),
      () => saveLines({ runFolder: run, clock: systemClock } as ServiceScope, "lines\n"),
    ],
    [
      "variables for Terraform",
      () => join(run, "terraform/stack/zzzz_gameday.auto.tfvars.json"),
      () => writeVariables(join(run, "terraform/stack"), { name: "value" }),
    ],
  ])("is replaced, and what it leads to stays as it was: %s", async (_name, path, write) => {
    await journalFile(cwd, passedRehearsal());
    await plant(path());
    await write();
    expect(await readFile(elsewhere, "utf8")).toBe(TOKEN);
    expect((await lstat(path()).catch(() => undefined))?.isSymbolicLink() ?? false).toBe(false);
  });

  it("is not added to, and nothing of what it leads to is cut off: the ledger, a journal", async () => {
    const signer = await openOrMakeKeyFile(join(cwd, "signing.pem"));
    const ledger = join(gameday, "ledger.jsonl");
    await plant(ledger);
    const entry = { at: "2026-11-20T10:00:00.000Z", type: "intent", run: RUN_ID, drill: "d", evidenceClass: "live" };
    const added = appendEntry(ledger, signer, () => entry as never);
    await expect(added).rejects.toMatchObject({ message: expect.stringContaining("is a link") as unknown });

    const path = await journalFile(cwd, passedRehearsal());
    const { tail } = await readJournal(path);
    const torn = { ...(await readJournal(path)), tornBytes: TOKEN.length, wholeBytes: 0 };
    await plant(path);
    await expect(Journal.continue(path, systemClock, tail)).rejects.toThrow("is a link");
    await expect(cutTornLine(path, torn)).rejects.toThrow("is a link");
    expect(await readFile(elsewhere, "utf8")).toBe(TOKEN);
  });
});

it("a pipe in the place of a file that gameday adds to is told, and not waited for", async () => {
  const path = join(run, "journal.jsonl");
  execFileSync("mkfifo", [path]);
  const tail = { seq: 1, prev: "0".repeat(64), mono: 0 };
  await expect(Journal.continue(path, systemClock, tail)).rejects.toThrow(/ENXIO|should be a file/);
  await expect(cutTornLine(path, { events: [], tail, tornBytes: 1, wholeBytes: 0 })).rejects.toThrow(
    /ENXIO|should be a file/,
  );
});
