import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Failure, toFailureRecord } from "../../src/engine/failure.ts";
import { foldEvents } from "../../src/engine/fold.ts";
import { Journal } from "../../src/engine/journal.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import { readHistory } from "../../src/evidence/history/read-history.ts";
import { takeLock } from "../../src/cli/runs/run-lock.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { drillOf, runTest, step } from "./harness.ts";

const note = (message: string) => ({ type: "finding", code: "note", severity: "info", message }) as const;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "gameday-machine-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const rejection = (work: Promise<unknown>) => work.then(() => undefined, toFailureRecord);

describe("what the machine refuses", () => {
  it("is told in words, with the path and the next command, and is no bug of gameday's", async () => {
    const at = await folder();
    await writeFile(join(at, "file"), "");
    const failure = await rejection(readdir(join(at, "file")));
    expect(failure).toMatchObject({ code: "machine-enotdir", fixer: "operator" });
    expect(failure?.message).toContain(join(at, "file"));
    expect(failure?.next).toContain("ls -ld");
  });

  it("a lock that cannot be given back is no error, and this process may take it again", async () => {
    const at = join(await folder(), "lock");
    const release = await takeLock({ folder: at, runId: "01A" });
    await rm(at, { recursive: true });
    await writeFile(at, "in its place");
    await expect(release()).resolves.toBeUndefined();
  });

  it("a pipe in a journal's place is not waited for", async () => {
    const runs = join(await folder(), "runs");
    execFileSync("mkdir", ["-p", join(runs, "01A")]);
    execFileSync("mkfifo", [join(runs, "01A/journal.jsonl")]);
    await expect(readJournal(join(runs, "01A/journal.jsonl"))).rejects.toBeInstanceOf(Failure);
  });

  it("history of a folder that cannot be read is no empty history", async () => {
    const at = await folder();
    await writeFile(join(at, "runs"), "");
    await expect(readHistory({ runs: join(at, "runs"), cache: join(at, "cache") })).rejects.toThrow("ENOTDIR");
    expect(await readHistory({ runs: join(at, "none"), cache: join(at, "cache") })).toEqual({
      runs: [],
      unreadable: [],
    });
  });
});

describe("a journal", () => {
  it("keeps nobody waiting whose listener throws", async () => {
    const journal = await Journal.create(join(await folder(), "journal.jsonl"), new VirtualClock());
    let heard = 0;
    journal.onEvent(() => {
      if (heard++ === 0) throw new Error("deaf");
    });
    const [first, second] = await Promise.allSettled([journal.append(note("one")), journal.append(note("two"))]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "deaf" } });
    expect(second.status).toBe("fulfilled");
    await journal.close();
  });

  it.each(["deleted", "replaced", "cut"])(
    "that is %s while it is written is noticed, and the run has failed",
    async (how) => {
      const run = await runTest(drillOf({ recover: [step("a", "box.make")] }), {
        guard: async (scope) => {
          const journal = join(scope.runFolder, "journal.jsonl");
          if (how === "cut") await truncate(journal, 1);
          else await unlink(journal);
          if (how === "replaced") await writeFile(journal, "");
          return { account: "111122223333", arn: "arn:test", clockOffsetMs: {} };
        },
      });
      expect(run.journalFailure).toMatchObject({ code: "journal-changed", fixer: "operator" });
      expect(run.record.finished?.failure).toMatchObject({ code: "journal-changed" });
    },
  );

  it("of a later version is refused in clear words; an unknown event of this version is read over", async () => {
    const path = join(await folder(), "journal.jsonl");
    await writeFile(path, '{"v":2,"anything":true}\n');
    expect(await rejection(readJournal(path))).toMatchObject({ code: "journal-newer", fixer: "operator" });
    const { record } = await runTest(drillOf({ recover: [step("a", "box.make")] }));
    const event = { v: 1, seq: 0, at: record.startedAt.at, mono: 0, prev: "" } as const;
    const started = { ...event, ...record.run };
    const unknown = JSON.parse(JSON.stringify({ ...event, type: "from-the-future" })) as typeof started;
    expect(foldEvents([started, unknown]).run.runId).toBe("01TEST");
  });
});
