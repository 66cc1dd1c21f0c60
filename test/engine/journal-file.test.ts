import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { JournaledEvent, RunEvent } from "../../src/engine/events.ts";
import { Journal } from "../../src/engine/journal.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import type { ClockJump } from "../../src/time/clock.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

const START = Date.UTC(2026, 0, 1);
const note = (message: string): RunEvent => ({ type: "finding", code: "note", severity: "info", message });

/** Its disk fails with what `trouble` is, as long as it is anything; its machine sleeps when `sleepsMs` says so, seen at the next look. */
class MachineClock extends VirtualClock {
  trouble: unknown;
  readonly jumps: ClockJump[] = [];
  sleepsMs = 0;

  override during<T>(work: () => Promise<T>): Promise<T> {
    return this.trouble === undefined ? super.during(work) : Promise.reject(this.trouble);
  }

  override monotonic(): number {
    const byMs = this.sleepsMs;
    if (byMs !== 0) {
      this.sleepsMs = 0;
      this.jumps.push({ byMs, from: START, to: START + 60_000 });
    }
    return super.monotonic();
  }
}

const clockAt = () => new MachineClock({ speed: 0, startAt: START });

async function freshPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "run"));
  return join(folder, "run", "journal.jsonl");
}

async function opened() {
  const path = await freshPath();
  const clock = clockAt();
  const journal = await Journal.create(path, clock);
  onTestFinished(() => journal.close());
  return { path, clock, journal };
}

const messages = (events: readonly JournaledEvent[]) =>
  events.map((event) => (event.type === "finding" ? event.message : event.type));

describe("the file of a journal", () => {
  it("is its owner's alone, and never another run's", async () => {
    const { path, clock } = await opened();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(Journal.create(path, clock)).rejects.toMatchObject({ code: "EEXIST" });
  });

  it("has everything that was appended when it is closed", async () => {
    const { path, journal } = await opened();
    const appended = [journal.append(note("one")), journal.append(note("two"))];
    await journal.close();
    expect(messages((await readJournal(path)).events)).toEqual(["one", "two"]);
    await Promise.all(appended);
    expect(journal.failure).toBeUndefined();
  });

  it("says when each event was, by both clocks, also where another process goes on with it", async () => {
    const { path, clock, journal } = await opened();
    clock.advance(1_000.0004);
    expect(await journal.append(note("one"))).toMatchObject({ seq: 0, at: "2026-01-01T00:00:01.000Z", mono: 1_000 });
    await journal.close();
    const { tail } = await readJournal(path);
    const later = clockAt();
    later.advance(500);
    const next = await Journal.continue(path, later, { ...tail, mono: 61_000 });
    later.advance(2_000);
    expect(await next.append(note("two"))).toMatchObject({ seq: 1, at: "2026-01-01T00:00:02.500Z", mono: 63_000 });
    await next.close();
    expect((await readJournal(path)).events).toHaveLength(2);
  });
});

describe("a journal that cannot be written", () => {
  it("says so to all that wait and to all that come, and is not written any more", async () => {
    const { path, clock, journal } = await opened();
    const heard: JournaledEvent[] = [];
    journal.onEvent((event) => heard.push(event));
    await journal.append(note("one"));
    clock.trouble = new Error("the cable is out");
    const waiting = [journal.append(note("two")), journal.append(note("three"))];
    const unwritable = {
      details: {
        code: "journal-unwritable",
        message: "the run's journal cannot be written any more: the cable is out",
        fixer: "operator",
        next: "see that the disk has room and the run's folder can be written to",
      },
    };
    for (const append of waiting) await expect(append).rejects.toMatchObject(unwritable);
    clock.trouble = undefined;
    await expect(journal.append(note("four"))).rejects.toMatchObject(unwritable);
    expect(journal.failure).toMatchObject(unwritable);
    await journal.close();
    expect(messages((await readJournal(path)).events)).toEqual(["one"]);
    expect(messages(heard)).toEqual(["one"]);
  });

  it.each([
    ["by the machine", Object.assign(new Error("EIO: i/o error, write"), { code: "EIO", syscall: "write" }), "dmesg"],
    ["by nobody knows what", "a string", "the disk has room"],
  ])("tells what was said %s, and what to do", async (_who, trouble, next) => {
    const { clock, journal } = await opened();
    clock.trouble = trouble;
    await expect(journal.append(note("one"))).rejects.toMatchObject({
      details: {
        message: expect.stringContaining(trouble instanceof Error ? "input/output error" : "any more: a string"),
        next: expect.stringContaining(next),
      },
    });
  });

  it("is on disk although one of its listeners fails, and the other events are heard", async () => {
    const { path, journal } = await opened();
    const heard: JournaledEvent[] = [];
    journal.onEvent((event) => {
      if (event.seq === 0) throw new Error("deaf");
      heard.push(event);
    });
    const [one, two] = [journal.append(note("one")), journal.append(note("two"))];
    await expect(one).rejects.toThrow("deaf");
    await two;
    expect(messages(heard)).toEqual(["two"]);
    expect(messages((await readJournal(path)).events)).toEqual(["one", "two"]);
  });

  it("is told to its listeners all the same where that must be", async () => {
    const { path, journal } = await opened();
    const heard: JournaledEvent[] = [];
    journal.onEvent((event) => heard.push(event));
    expect(journal.tell(note("one"))).toMatchObject({ seq: 0, at: "2026-01-01T00:00:00.000Z" });
    expect(messages(heard)).toEqual(["one"]);
    expect(await readFile(path, "utf8")).toBe("");
  });
});

describe("a journal that somebody else changes", () => {
  it("is the file that was written as long as nobody does, whatever was in it before", async () => {
    const { path, clock, journal } = await opened();
    void journal.append(note("eins, zwei, größer"));
    await journal.checkFile();
    expect(journal.failure).toBeUndefined();
    await journal.close();
    const next = await Journal.continue(path, clock, (await readJournal(path)).tail);
    await next.append(note("two"));
    await next.checkFile();
    expect(next.failure).toBeUndefined();
    await next.close();
  });

  it.each<readonly [string, (path: string) => Promise<unknown>, RegExp]>([
    ["is deleted", (path) => rm(path), /it was deleted or moved$/],
    [
      "is in a folder that became a file",
      async (path) => {
        await rename(dirname(path), `${dirname(path)}-moved`);
        await writeFile(dirname(path), "");
      },
      /it was deleted or moved$/,
    ],
    [
      "is replaced by a copy",
      async (path) => {
        await copyFile(path, `${path}.copy`);
        await rename(`${path}.copy`, path);
      },
      /another file is in its place$/,
    ],
    ["is cut", (path) => truncate(path, 7), /it has 7 bytes, and \d+ were written$/],
    ["has grown", (path) => appendFile(path, "x"), /it has \d+ bytes, and \d+ were written$/],
  ])("is told when it %s, and is written to no more", async (_what, change, why) => {
    const { path, journal } = await opened();
    await journal.append(note("one"));
    await change(path);
    await journal.checkFile();
    const changed = { details: { code: "journal-changed", message: expect.stringMatching(why), fixer: "operator" } };
    expect(journal.failure).toMatchObject(changed);
    expect(journal.failure?.message).toContain(path);
    await expect(journal.append(note("two"))).rejects.toMatchObject(changed);
    const first = journal.failure;
    await journal.checkFile();
    expect(journal.failure).toBe(first);
  });

  it("cannot be trusted where nobody can look", async () => {
    const { path, journal } = await opened();
    await rm(path);
    await symlink(path, path);
    await journal.checkFile();
    expect(journal.failure).toMatchObject({ details: { code: "journal-unwritable" } });
  });
});

describe("a clock that jumps", () => {
  it.each([
    [
      7_200_000,
      /slept, was paused or had its clock set ahead between .*T00:00:00.000Z and .*T00:01:00.000Z: 2h.* count as passed$/,
    ],
    [-7_200_000, /was set back by 2h.* between .*T00:00:00.000Z and .*T00:01:00.000Z: instants after it are earlier/],
  ])("by %s ms is told before the next event, once", async (byMs, message) => {
    const { path, clock, journal } = await opened();
    await journal.append(note("one"));
    clock.sleepsMs = byMs;
    await journal.append(note("two"));
    await journal.append(note("three"));
    await journal.close();
    const { events } = await readJournal(path);
    expect(messages(events)).toEqual(["one", expect.stringMatching(message), "two", "three"]);
    expect(events[1]).toMatchObject({ code: "clock-jumped", severity: "warning", clockJumpMs: byMs });
  });

  it("before the journal was there is not in it", async () => {
    const path = await freshPath();
    const clock = clockAt();
    clock.jumps.push({ byMs: 1_000, from: START, to: START });
    const journal = await Journal.create(path, clock);
    await journal.append(note("one"));
    await journal.close();
    expect(messages((await readJournal(path)).events)).toEqual(["one"]);
  });

  it("where the journal cannot be written fails the event that it comes before, and nothing else", async () => {
    const { clock, journal } = await opened();
    clock.trouble = new Error("no disk");
    clock.sleepsMs = 1_000;
    await expect(journal.append(note("one"))).rejects.toMatchObject({ details: { code: "journal-unwritable" } });
  });
});
