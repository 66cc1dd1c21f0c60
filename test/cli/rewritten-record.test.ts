import { appendFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../src/cli/commands/bundle.ts";
import { ledger } from "../../src/cli/commands/ledger.ts";
import { rehearse } from "../../src/cli/commands/rehearse.ts";
import { verify } from "../../src/cli/commands/verify.ts";
import { findRunFolder } from "../../src/cli/runs/run-folder.ts";
import { holdRun } from "../../src/cli/runs/run-lock.ts";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { CHAIN_START, chainHash, writeLine } from "../../src/engine/journal-line.ts";
import { readRunLedger } from "../../src/evidence/run-ledger/append.ts";
import { capturedIo, type CapturedIo } from "./captured-io.ts";

const DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - { id: ok, uses: command.run, with: { command: [node, --version] } }
`;

let original: CapturedIo;
beforeAll(async () => {
  original = await capturedIo({ PATH: process.env["PATH"] });
  await writeFile(join(original.cwd, "quick.yaml"), DRILL);
  expect(await rehearse({ drill: "quick.yaml", plain: true }, original)).toBe(3);
});
afterAll(() => original[Symbol.asyncDispose]());

/** A copy of everything that a rehearsal has left, to damage. */
async function rehearsed() {
  const io = await capturedIo({ PATH: process.env["PATH"] });
  await cp(original.cwd, io.cwd, { recursive: true });
  const run = await findRunFolder(io.cwd, "latest");
  const path = join(io.cwd, ".gameday/ledger.jsonl");
  const { head } = await readRunLedger(path);
  return { io, run, path, head, journal: join(run.path, "journal.jsonl"), output: join(run.path, "bundle") };
}

/** Times of what came after the disaster divided by five, the last word changed, chained anew: what needs no secret. */
function madeGood(text: string): string {
  let prev = CHAIN_START;
  let disaster: number | undefined;
  const lines = text.split("\n").slice(0, -1);
  return lines
    .map((line) => {
      const { sum: _sum, ...event }: JournaledEvent & { sum?: string } = JSON.parse(line);
      if (event.type === "disaster-declared") disaster = event.mono;
      const mono = disaster === undefined ? event.mono : disaster + (event.mono - disaster) / 5;
      const end = event.type === "run-finished" ? { outcome: "passed", exitCode: 0 } : {};
      const again = writeLine({ ...event, ...end, mono, prev } as JournaledEvent);
      prev = chainHash(again);
      return `${again}\n`;
    })
    .join("");
}

it("a journal that was written anew is not signed again, and the ledger says what is wrong", async () => {
  const { io, path, journal, output, head } = await rehearsed();
  await using _ = io;
  const ledgerText = await readFile(path, "utf8");
  await writeFile(journal, madeGood(await readFile(journal, "utf8")));
  await rm(output, { recursive: true });
  await expect(bundle({ run: "latest" }, io)).rejects.toMatchObject({
    details: { code: "record-replaced", message: expect.stringContaining("it was written again since") },
  });
  await expect(bundle({ run: "latest", output: "elsewhere" }, io)).rejects.toThrow("it was written again since");
  expect(await readFile(path, "utf8")).toBe(ledgerText);
  await expect(readFile(join(output, "MANIFEST.sha256"))).rejects.toThrow("ENOENT");
  expect(await ledger({ complete: true, head }, io)).toBe(8);
  expect(io.err()).toMatch(/WRONG \S+ledger\.jsonl: run 0\w{25}: its journal: its line \d+ is not the one that line 2/);
});

it("a journal that was cut, and one that is gone, are no record of what the ledger knows", async () => {
  const { io, journal } = await rehearsed();
  await using _ = io;
  const lines = (await readFile(journal, "utf8")).split("\n");
  await writeFile(journal, `${lines.slice(0, -3).join("\n")}\n`);
  await expect(bundle({ run: "latest", output: "elsewhere" }, io)).rejects.toThrow("it was cut");
  expect(await ledger({}, io)).toBe(8);
  await rm(journal);
  expect(await ledger({}, io)).toBe(8);
  expect(io.err()).toContain("there is no readable journal");
});

it("a line that was appended without the key counts for nothing: nobody reads a ledger that holds it, and no run begins", async () => {
  const { io, path, head, output } = await rehearsed();
  await using _ = io;
  const { entries } = await readRunLedger(path);
  const forged = { ...entries[1], seq: 2, prev: head, outcome: "passed", sig: undefined };
  await appendFile(path, `${JSON.stringify(forged)}\n`);
  expect(await ledger({}, io)).toBe(8);
  expect(io.err()).toMatch(
    /WRONG \S+ledger\.jsonl:3: this line is damaged: it is not signed, and the line before it is/,
  );
  await expect(verify({ bundle: output, ledger: path }, io)).rejects.toThrow("ledger.jsonl:3");
  expect(await rehearse({ drill: "quick.yaml", plain: true }, io)).toBe(7);
  expect(io.out()).toContain("ledger-damaged");
});

it("a run whose process was ended between bundle and ledger is closed by gameday bundle; what was there is kept", async () => {
  const { io, run, path, output } = await rehearsed();
  await using _ = io;
  const [intent = ""] = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, `${intent}\n{"seq":1,"prev":"`);
  expect(await ledger({ complete: true }, io)).toBe(8);
  expect(io.err()).toContain(`gameday bundle ${run.runId}`);
  expect(await bundle({ run: "latest" }, io)).toBe(0);
  expect(await ledger({ complete: true }, io)).toBe(0);
  expect(await verify({ bundle: output, ledger: path }, io)).toBe(0);
  expect(io.out()).not.toContain("superseded, by");
  expect(await verify({ bundle: `${output}.superseded-1` }, io)).toBe(0);
  expect(io.out()).toContain("note: superseded, by the name of its folder: there is a later bundle of the run\n");
});

it("a run whose process was ended after its intent stood in the ledger, and before the journal named it, is closed as one that began nothing", async () => {
  const { io, run, path, journal, output } = await rehearsed();
  await using _ = io;
  const lines = (await readFile(journal, "utf8")).split("\n");
  const named = lines.findIndex((line) => line.includes('"identity-confirmed"'));
  await writeFile(journal, `${lines.slice(0, named).join("\n")}\n`);
  const [intent = ""] = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, `${intent}\n`);
  await rm(output, { recursive: true });
  expect(await bundle({ run: "latest" }, io)).toBe(0);
  const verified = await verify({ bundle: output, ledger: path }, io);
  expect(verified, io.err()).toBe(0);
  expect(await ledger({ complete: true }, io), io.err()).toBe(0);
  expect(io.out()).toMatch(new RegExp(`${run.runId} .* aborted `));
});

it("a run that is going on is not bundled beside its own process", async () => {
  const { io, run } = await rehearsed();
  await using _ = io;
  const release = await holdRun(io.cwd, run.runId);
  await expect(bundle({ run: "latest", output: "elsewhere" }, io)).rejects.toMatchObject({
    details: { code: "locked" },
  });
  await release();
});
