import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import { Journal } from "../../src/engine/journal.ts";
import { cutTornLine, parseJournal, readJournal } from "../../src/engine/read-journal.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { reportFigures } from "../figures.ts";

const note = (message: string) => ({ type: "finding", code: "note", severity: "info", message }) as const;

async function journalWith(messages: readonly string[]): Promise<{ path: string; bytes: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), "gameday-journal-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "journal.jsonl");
  const journal = await Journal.create(path, new VirtualClock());
  await Promise.all(messages.map((message) => journal.append(note(message))));
  await journal.close();
  return { path, bytes: await readFile(path) };
}

function read(bytes: Buffer): readonly JournaledEvent[] | Failure {
  damaged++;
  try {
    return parseJournal(bytes, "j").events;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

let damaged = 0;
reportFigures("journal", () => damaged);

describe("Journal", () => {
  it("has an event on disk before append resolves and before a listener hears of it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gameday-journal-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, "journal.jsonl");
    const journal = await Journal.create(path, new VirtualClock());
    const onDisk: Promise<string>[] = [];
    journal.onEvent(() => onDisk.push(readFile(path, "utf8")));
    await journal.append(note("one"));
    expect(await readFile(path, "utf8")).toContain('"message":"one"');
    expect(await onDisk[0]).toContain('"message":"one"');
    await journal.close();
  });

  it("reads back what was appended at once, in order, as one chain", async () => {
    const messages = Array.from({ length: 200 }, (_, index) => `m${index} é \u2028 \n "quoted"`);
    const { path } = await journalWith(messages);
    const journal = await readJournal(path);
    expect(journal.events.map((event) => event.type === "finding" && event.message)).toEqual(messages);
    expect(journal.events.map((event) => event.seq)).toEqual(messages.map((_, index) => index));
    expect(journal.tornBytes).toBe(0);
  });

  it("goes on after a torn last line was cut off", async () => {
    const { path, bytes } = await journalWith(["one", "two"]);
    await appendFile(path, '{"v":1,"seq":2,"at":"20');
    const torn = await readJournal(path);
    expect(torn.events).toHaveLength(2);
    expect(torn.tornBytes).toBe(23);
    await cutTornLine(path, torn);
    expect(await readFile(path)).toEqual(bytes);
    const journal = await Journal.continue(path, new VirtualClock(), torn.tail);
    const third = await journal.append(note("three"));
    await journal.close();
    expect(third.mono).toBeGreaterThanOrEqual(torn.tail.mono);
    expect((await readJournal(path)).events).toHaveLength(3);
  });

  it("refuses a line that was moved, removed or written by somebody else, and says which", async () => {
    const { path, bytes } = await journalWith(["one", "two", "three"]);
    const [one, two, three] = bytes.toString().trimEnd().split("\n");
    for (const lines of [
      [two, one, three],
      [one, three],
      [two, three],
      [one, two, '{"v":1,"seq":2}'],
    ]) {
      await writeFile(path, `${lines.join("\n")}\n`);
      await expect(readJournal(path)).rejects.toMatchObject({ details: { code: "journal-damaged" } });
    }
  });

  it("yields a clean prefix wherever it is cut", async () => {
    const { bytes } = await journalWith(["one", "two", "three"]);
    const whole = parseJournal(bytes, "j").events;
    for (let length = 0; length <= bytes.length; length++) {
      const events = read(bytes.subarray(0, length));
      expect(events, `cut at ${length}`).not.toBeInstanceOf(Failure);
      expect(whole.slice(0, (events as JournaledEvent[]).length)).toEqual(events);
    }
  });

  it("never yields a wrong record, whichever byte is flipped", async () => {
    const { bytes } = await journalWith(["one", "two"]);
    const whole = parseJournal(bytes, "j").events;
    for (let index = 0; index < bytes.length; index++)
      for (const bit of [0x01, 0x20, 0x80]) {
        const flipped = Buffer.from(bytes);
        flipped[index]! ^= bit;
        const events = read(flipped);
        if (!(events instanceof Failure)) expect(whole.slice(0, events.length), `byte ${index}`).toEqual(events);
      }
  });
});
