import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import type { Renderer } from "../../../src/evidence/bundle/renderer.ts";
import { verifyBundle, type VerifiedBundle, type VerifyOf } from "../../../src/evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { appendEntry, readRunLedger } from "../../../src/evidence/run-ledger/append.ts";
import type { Timed } from "../journaled.ts";
import { passedRehearsal, refusedRun } from "../runs.ts";
import { intentEntry, resultEntry } from "./ledger-entries.ts";
import { signAgain } from "./sign-again.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

const PAT = "arn:aws:sts::111122223333:assumed-role/GameDay/gameday-01JD3Q4Z";
const EVE = "arn:aws:iam::111122223333:user/eve";
let of: SmallBundle;
beforeAll(async () => {
  const twice = passedRehearsal().flatMap((event): Timed[] => {
    if (event.type === "run-started")
      return [{ ...event, plan: { operator: "Pat Doe", reviewers: [] } } as unknown as Timed];
    return event.type === "identity-confirmed" ? [event, { ...event, arn: EVE, t: event.t + 0.1 }, event] : [event];
  });
  of = await smallBundle({ events: twice });
});
afterAll(() => of.close());

async function outcome(folder: string, more: Partial<VerifyOf> = {}): Promise<VerifiedBundle | string> {
  return verifyBundle({ folder, renderer: bundleRenderer, ...more }).catch((error: unknown) => {
    if (error instanceof Wrong) return error.message;
    throw error;
  });
}

it("a bundle that is whole tells what it holds, by whom it was made and what it comes to", async () => {
  const bundle = await outcome(of.path);
  expect(bundle).toMatchObject({
    renderedBy: "0.1.0",
    notCompared: [],
    projectControls: [],
    report: { verdict: { outcome: "passed" } },
    result: { result: "WARNED" },
    intent: { operator: PAT },
    reviews: [],
    operators: [PAT, EVE, "Pat Doe"],
    key: of.signer.key,
    resultDigest: of.statement,
    manifest: await readFile(join(of.path, "MANIFEST.sha256"), "utf8"),
  });
  expect(bundle).toMatchObject({ files: (bundle as VerifiedBundle).manifest.split("\n").length - 1 });
});

it("a run that was refused has no intent, whatever lies in its folder", async () => {
  const refused = await smallBundle({ events: refusedRun(), signer: of.signer });
  const bundle = await outcome(refused.path);
  expect(bundle).toMatchObject({ result: { result: "FAILED" }, operators: [] });
  expect(bundle).not.toHaveProperty("intent");
  await refused.close();
});

it("a folder without a manifest is no bundle", async () => {
  const folder = join(of.root, "empty");
  await mkdir(folder);
  expect(await outcome(folder)).toBe("MANIFEST.sha256: it is missing: this is no bundle");
});

it("stands in the ledger that it is held against", async () => {
  const path = join(of.root, "ledger.jsonl");
  const ledger = async () => ({ ledger: await readRunLedger(path), path });
  expect(await outcome(of.path, { ledger: await ledger() })).toContain("its tail was cut off");
  await appendEntry(path, of.signer, () => intentEntry(of));
  await appendEntry(path, of.signer, () => resultEntry(of));
  expect(await outcome(of.path, { ledger: await ledger() })).toMatchObject({ renderedBy: "0.1.0" });
});

it("what another version has made wrong may have been right by its rules: both are named", async () => {
  const folder = await of.copy();
  const file = join(folder, "data/diff.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"failed": 0', '"failed": 1'));
  await signAgain(folder, of.signer);
  const wrong = "data/diff.json: failed is 1, and the journal says 0";
  expect(await outcome(folder)).toBe(wrong);
  const later: Renderer = { ...bundleRenderer, version: "9.9.9" };
  expect(await outcome(folder, { renderer: later })).toBe(
    `${wrong} (gameday 0.1.0 has rendered it, this is 9.9.9: look with that one too)`,
  );
  const broken: Renderer = {
    ...later,
    render: async () => {
      throw new TypeError("a bug");
    },
  };
  await expect(outcome(folder, { renderer: broken })).rejects.toThrow(new TypeError("a bug"));
});

it("another version's judgement in the statement may be worse, and this version's may not", async () => {
  const folder = await of.copy();
  await signAgain(folder, of.signer, (predicate) => void (predicate["result"] = "FAILED"));
  expect(await outcome(folder)).toContain('predicate.result is "FAILED", and the journal says "WARNED"');
  expect(await outcome(folder, { renderer: { ...bundleRenderer, version: "9.9.9" } })).toMatchObject({
    result: { result: "FAILED" },
  });
});
