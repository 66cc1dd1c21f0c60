import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ledger } from "../../src/cli/commands/ledger.ts";
import { rehearse } from "../../src/cli/commands/rehearse.ts";
import { verify } from "../../src/cli/commands/verify.ts";
import { capturedIo, type CapturedIo } from "./captured-io.ts";
import { QUICK_DRILL } from "./killed-run.ts";

const SHIPPED = join(import.meta.dirname, "../../drills/ebs-snapshot-copy/drill.yaml");

/** A drill that ends with one more step: a program that prints something, and ends like that. */
async function rehearsed(io: CapturedIo, drill: string, prints: string, exit = 0): Promise<number> {
  const script = `console.log(${JSON.stringify(prints)}); process.exit(${exit})`;
  const step = `  - { id: prints, uses: command.run, with: { command: [node, -e, ${JSON.stringify(script)}] } }`;
  await writeFile(join(io.cwd, "drill.yaml"), `${drill.trimEnd()}\n${step}\n`);
  return rehearse({ drill: "drill.yaml", plain: true }, io);
}

const passing = () => readFile(SHIPPED, "utf8");

const newIo = () => capturedIo({ PATH: process.env["PATH"] });

it("a run that passed and cannot write its bundle does not exit with 0, says what next, and is a gap of the ledger", async () => {
  await using io = await newIo();
  expect(await rehearsed(io, await passing(), `login with password=${"correcthorse"}`)).toBe(12);
  expect(io.err()).toMatch(/gameday: bundle: .* would show what looks like a secret \(password\)/);
  expect(io.err()).toMatch(/the run has left no evidence \(exit code 12\)\n {2}next: gameday bundle 0\w{25}\n/);
  expect(io.err()).not.toContain("crashed");
  expect(io.out()).not.toContain("bundle:");
  expect(await ledger({ complete: true }, io)).toBe(8);
  expect(io.err()).toMatch(/GAP run 0\w{25} has a result \(passed\) and no bundle; next: gameday bundle 0/);
});

it("the exit code of a run that failed stays what it is", async () => {
  await using io = await newIo();
  expect(await rehearsed(io, QUICK_DRILL, `login with password=${"correcthorse"}`, 1)).toBe(5);
  expect(io.err()).toContain("the run has left no evidence (exit code 5)");
});

it("what was blanked is no secret: its run leaves a whole bundle", async () => {
  await using io = await newIo();
  const blanked = "postgres://u:[redacted]@db/x and password=[redacted] and API_KEY='[redacted]'";
  expect(await rehearsed(io, await passing(), blanked)).toBe(0);
  const bundle = /bundle: (\S+)/.exec(io.out())?.[1] ?? "";
  expect(await readFile(join(io.cwd, bundle, "journal.jsonl"), "utf8")).toContain("postgres://u:[redacted]@db/x");
  expect(await verify({ bundle }, io)).toBe(0);
  expect(await ledger({ complete: true }, io)).toBe(0);
});
