import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { Failure } from "../../src/engine/failure.ts";
import { CHAIN_START, chainHash, readLine, writeLine } from "../../src/engine/journal-line.ts";
import { cutTornLine, parseJournal, readJournal } from "../../src/engine/read-journal.ts";

const event = (seq: number, prev: string, mono = seq): JournaledEvent => ({
  v: 1,
  seq,
  at: "2026-11-20T10:00:00.000Z",
  mono,
  prev,
  type: "disaster-declared",
});
const FIRST = writeLine(event(0, CHAIN_START));
const SECOND = writeLine(event(1, chainHash(FIRST)));
const bytesOf = (...lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(""));

/** A line whose checksum fits, whatever stands in it. */
function summed(open: string): string {
  return `${open},"sum":"${chainHash(open).slice(0, 16)}"}`;
}

function refusal(read: () => unknown): Failure["details"] {
  try {
    read();
  } catch (error) {
    if (error instanceof Failure) return error.details;
    throw error;
  }
  throw new Error("nothing was refused");
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "gameday-journal-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe("a line of a journal", () => {
  it.each([
    ["does not end in a checksum", '{"v":1,"seq":1}', "it does not end in a checksum"],
    ["was changed", SECOND.replace("disaster", "daylight"), "its checksum does not fit its content"],
    ["is no JSON", summed('{"v":1,"seq":1,'), "it is not JSON"],
    ["has another number", writeLine(event(2, chainHash(FIRST))), "its number is 2, not 1"],
    ["follows another line", writeLine(event(1, CHAIN_START)), "it does not follow from the line before it"],
  ])("that %s is told with its number and what is wrong", (_what, line, what) => {
    expect(refusal(() => parseJournal(bytesOf(FIRST, line), "j.jsonl"))).toMatchObject({
      code: "journal-damaged",
      message: `j.jsonl:2: this line is damaged: ${what}`,
      fixer: "operator",
    });
    expect(refusal(() => parseJournal(bytesOf(line), "j.jsonl")).message).toContain("j.jsonl:1: this line is damaged");
  });

  it("of a later gameday is told as that, whatever else is new in it", () => {
    expect(refusal(() => parseJournal(bytesOf(FIRST, '{"v":2,"news":"?"}'), "j.jsonl"))).toMatchObject({
      code: "journal-newer",
      message: expect.stringMatching(/^j\.jsonl:2: a later gameday wrote this \(version 2/),
    });
    expect(refusal(() => parseJournal(bytesOf('{"v":12}'), "j.jsonl")).code).toBe("journal-newer");
  });

  it.each(['{"v":0,"seq":0}', '{"v":2x}', ' {"v":2}', '{"a":1,"v":2}'])("is of no later one: %s", (line) => {
    expect(refusal(() => parseJournal(bytesOf(line), "j.jsonl")).code).toBe("journal-damaged");
  });

  it("is read as it was written", () => {
    expect(readLine(FIRST)).toMatchObject(event(0, CHAIN_START));
  });

  it.each([
    ["before it", `{}${FIRST}`],
    ["after it", `${FIRST} `],
  ])("has nothing %s", (_where, line) => {
    expect(readLine(line)).toHaveProperty("damage");
  });
});

describe("a journal", () => {
  it("goes on after its last line, at that one's instant", () => {
    const third = writeLine(event(2, chainHash(SECOND), 7));
    const { tail, wholeBytes, tornBytes } = parseJournal(bytesOf(FIRST, SECOND, third), "j");
    expect(tail).toEqual({ seq: 3, prev: chainHash(third), mono: 7 });
    expect([wholeBytes, tornBytes]).toEqual([bytesOf(FIRST, SECOND, third).length, 0]);
  });

  it("of nothing goes on from the start", () => {
    expect(parseJournal(Buffer.from('{"v":1'), "j")).toEqual({
      events: [],
      tail: { seq: 0, prev: CHAIN_START, mono: 0 },
      tornBytes: 6,
      wholeBytes: 0,
    });
  });

  it("that ends cleanly is not cut, also where it has grown since it was read", async () => {
    const path = join(await folder(), "journal.jsonl");
    await writeFile(path, bytesOf(FIRST));
    const read = await readJournal(path);
    await appendFile(path, bytesOf(SECOND));
    await cutTornLine(path, read);
    expect(await readFile(path)).toEqual(bytesOf(FIRST, SECOND));
  });

  it.each<readonly [string, (path: string) => Promise<unknown>, string]>([
    ["is not there", async () => undefined, "ENOENT"],
    ["is a folder", (path) => mkdir(path), "is a folder, a pipe or a device, and should be a file"],
  ])("that %s is told as missing, and why", async (_what, make, why) => {
    const path = join(await folder(), "journal.jsonl");
    await make(path);
    await expect(readJournal(path)).rejects.toMatchObject({
      details: {
        code: "journal-missing",
        message: expect.stringMatching(new RegExp(`^there is no readable journal at ${path}: .*${why}`)),
        next: "gameday history",
      },
    });
  });
});
