import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LedgerPlace } from "../../../src/evidence/attestation/statements.ts";
import { appendEntry, readRunLedger, type NewEntry } from "../../../src/evidence/run-ledger/append.ts";
import { hashLine } from "../../../src/evidence/run-ledger/entry.ts";
import { lineKey, signLine } from "../../../src/evidence/run-ledger/signature.ts";
import { openKeyFile, openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";
import { p256Key } from "../bundle/p256-key.ts";

const START = "0".repeat(64);
let root: string;
let path: string;
let signer: Signer;
let stranger: Signer;
let ledgers = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gameday-ledger-file-"));
  signer = await openOrMakeKeyFile(join(root, "signing.pem"));
  stranger = await openOrMakeKeyFile(join(root, "stranger.pem"));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(() => void (path = join(root, `${++ledgers}/.gameday/ledger.jsonl`)));

const entry: NewEntry = {
  at: "2026-11-20T10:00:00.000Z",
  type: "result",
  run: "01RUN",
  drill: "d",
  evidenceClass: "live",
  outcome: "passed",
  journal: { head: "ab".repeat(32), events: 9 },
};

async function add(over: Partial<NewEntry> = {}, by = signer): Promise<LedgerPlace> {
  let told: LedgerPlace | undefined;
  await appendEntry(path, by, (place) => {
    told = place;
    return { ...entry, ...over };
  });
  if (!told) throw new Error("nobody was told the place");
  return told;
}

const lines = async () => (await readFile(path, "utf8")).split("\n").slice(0, -1);

/** What is wrong with a ledger of these lines. */
async function damage(texts: readonly string[]): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, texts.map((text) => `${text}\n`).join(""));
  return readRunLedger(path).then(
    () => "nothing",
    (error: Error) => error.message.replace(`${path}:`, ""),
  );
}

describe("a line that is added", () => {
  it("stands behind the last one, in a file of its owner alone, and whoever signs it is told where", async () => {
    expect(await add()).toEqual({ sequence: 0, previous: START });
    const [first = ""] = await lines();
    expect(await add()).toEqual({ sequence: 1, previous: hashLine(first) });
    const ledger = await readRunLedger(path);
    expect(ledger.entries.map(({ seq, prev }) => [seq, prev])).toEqual([
      [0, START],
      [1, hashLine(first)],
    ]);
    expect(ledger).toMatchObject({ head: ledger.hashes[1], tornBytes: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it("finds its place in a ledger longer than what is read of it, torn or not", async () => {
    const long = "x".repeat(9_000);
    for (let n = 0; n < 3; n++) expect(await add({ drill: long })).toMatchObject({ sequence: n });
    await appendFile(path, '{"seq":3,"prev"');
    const torn = await readRunLedger(path);
    expect(torn).toMatchObject({ tornBytes: 15 });
    expect(await add()).toEqual({ sequence: 3, previous: torn.head });
    expect((await readRunLedger(path)).entries).toHaveLength(4);
  });

  it("is the first one where the only line was torn", async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '{"seq":0');
    expect(await add()).toEqual({ sequence: 0, previous: START });
    expect(await readRunLedger(path)).toMatchObject({ tornBytes: 0, entries: [{ seq: 0 }] });
  });

  it("leaves the ledger as it was where nothing can follow, or what was to be signed failed", async () => {
    await add();
    await appendFile(path, "{}\n");
    const before = await readFile(path, "utf8");
    await expect(add()).rejects.toMatchObject({ details: { code: "ledger-damaged", consequence: "refused" } });
    await expect(
      appendEntry(path, signer, () => {
        throw new Error("no journal");
      }),
    ).rejects.toThrow();
    expect(await readFile(path, "utf8")).toBe(before);
  });
});

describe("a ledger that is read", () => {
  it("is empty where there is none, and only there", async () => {
    expect(await readRunLedger(path)).toEqual({ entries: [], hashes: [], head: START, tornBytes: 0 });
    await mkdir(path, { recursive: true });
    await expect(readRunLedger(path)).rejects.toMatchObject({ details: { code: "not-a-file" } });
  });

  it("has every line at its number, behind the one before, signed by the key it names", async () => {
    for (let n = 0; n < 3; n++) await add({ run: `run-${n}` });
    const [first = "", second = "", third = ""] = await lines();
    expect(await damage([first, second, third])).toBe("nothing");
    expect(await damage([first, third])).toBe("2: this line is damaged: its number is 2, not 1");
    expect(await damage([first, "", third])).toBe("2: this line is damaged: it is not an entry of the ledger");
    expect(await damage([second])).toBe("1: this line is damaged: its number is 1, not 0");
    const elsewhere = second.replace(hashLine(first), "ab".repeat(32));
    expect(await damage([first, elsewhere])).toBe(
      "2: this line is damaged: it does not follow from the line before it",
    );
    expect(await damage([first.replace("run-0", "run-9")])).toBe(
      `1: this line is damaged: its signature by key ${signer.key.keyId} does not fit its content`,
    );
  });

  it.each<[string, (line: string) => string]>([
    ["something before it", (line) => ` ${line}`],
    ["something behind it", (line) => `${line} `],
    ["a member behind its signature", (line) => line.replace(/\}$/, ',"more":1}')],
    ["a signature that is no Base64", (line) => line.replace(/"sig":"[^"]{4}/, '"sig":"****')],
    ["the key of another", (line) => line.replace(signer.key.keyId, stranger.key.keyId)],
    ["no key", (line) => line.replace(/"key":"[^"]*",/, "")],
    ["a key that is none", (line) => line.replace(/"key":"[^"]*"/, '"key":"AAAA"')],
  ])("takes no signature in another form: %s", async (_name, change) => {
    await add();
    const [line = ""] = await lines();
    expect(await damage([change(line)])).toBe(
      "1: this line is damaged: it is not signed in the one form that gameday writes",
    );
  });

  it("takes a signature that KMS makes too, and none over the same words as a statement's", async () => {
    await p256Key(join(root, "p256.pem"));
    const p256 = await openKeyFile(join(root, "p256.pem"));
    await add({}, p256);
    const ledger = await readRunLedger(path);
    expect(ledger.entries[0]).toMatchObject({ keyid: p256.key.keyId, custody: "file" });
  });

  it("has unsigned lines at its beginning only, and no result without its journal", async () => {
    const unsigned = (seq: number, prev: string) => JSON.stringify({ seq, prev, ...entry });
    const first = unsigned(0, START);
    const second = unsigned(1, hashLine(first));
    expect(await damage([first, second])).toBe("nothing");
    await add();
    const [, , signed = ""] = await lines();
    expect(await damage([first, second, signed])).toBe("nothing");
    expect(await damage([first, second, signed, unsigned(3, hashLine(signed))])).toBe(
      "4: this line is damaged: it is not signed, and the line before it is",
    );
    const { journal: _journal, ...none } = entry;
    const result = await signLine({ seq: 0, prev: START, ...none, ...lineKey(signer) }, signer);
    expect(await damage([result])).toBe("1: this line is damaged: it is a result that names no journal");
    const intent = await signLine({ seq: 0, prev: START, ...none, type: "intent", ...lineKey(signer) }, signer);
    expect(await damage([intent])).toBe("nothing");
  });

  it.each<[string, object]>([
    ["a hash that is none", { statement: "ab" }],
    ["a hash and more", { bundle: `${START}0` }],
    ["a hash behind something", { statement: `x${START}` }],
    ["no instant", { at: undefined }],
    ["another type", { type: "note" }],
    ["a journal of no line", { journal: { head: START, events: 0 } }],
    ["a journal without a head", { journal: { events: 1 } }],
    ["another class", { evidenceClass: "real" }],
    ["a number that is none", { seq: -1 }],
  ])("takes no line with %s", async (_name, over) => {
    expect(await damage([JSON.stringify({ seq: 0, prev: START, ...entry, ...over })])).toBe(
      "1: this line is damaged: it is not an entry of the ledger",
    );
  });
});
