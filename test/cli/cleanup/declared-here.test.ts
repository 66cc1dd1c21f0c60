import { generateKeyPairSync } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ulid } from "ulid";
import { expect, it, onTestFinished } from "vitest";
import { becauseNotDeclaredHere } from "../../../src/cli/cleanup/declared-here.ts";
import { openSigner } from "../../../src/cli/evidence/signing-key.ts";
import type { Io } from "../../../src/cli/io.ts";
import { runsFolder } from "../../../src/cli/runs/run-folder.ts";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { intentStatement } from "../../../src/evidence/attestation/intent.ts";
import { INTENT_STATEMENT } from "../../../src/evidence/bundle/bundle-file.ts";
import { drillOf } from "../../engine/harness.ts";
import { capturedIo } from "../captured-io.ts";
import { leftoverOf } from "./cleanup-rig.ts";

const REFUSED = /^destroying it runs what lies in its run's folder, and /;

interface Declared {
  readonly key?: string;
  readonly of?: string;
}

async function project(): Promise<Io> {
  const io = await capturedIo();
  onTestFinished(() => io[Symbol.asyncDispose]());
  return io;
}

/** The folder of a run that says what it was going to do, signed by the project's own key or another. */
async function declare(io: Io, { key, of }: Declared = {}): Promise<string> {
  const runId = ulid();
  const signer = await openSigner({ key }, io);
  const more = { declaredAt: "2026-11-01T00:00:00Z", evidenceClass: "emulated", account: "1", operator: "a" } as const;
  const place = { gameday: "0", ledger: { sequence: 0, previous: "0".repeat(64) } };
  const intent = intentStatement({ runId: of ?? runId, drill: drillOf({}), files: [], ...more, ...place });
  const path = join(runsFolder(io.cwd), runId, INTENT_STATEMENT);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `${await seal(intent, signer)}\n`);
  return runId;
}

function why(io: Io, runId: string, { kind = "terraform.stack", named = false } = {}) {
  const leftover = leftoverOf(runId, { entry: { kind, id: "terraform/stack" } });
  return becauseNotDeclaredHere(leftover, { io, named: new Set(named ? [runId] : []) });
}

it("Terraform runs in the folder of a run that a key of here has declared", async () => {
  const io = await project();
  expect(await why(io, await declare(io))).toBeUndefined();
});

it("and in no other: one without a word, of another run, by another's key, or where the key is gone", async () => {
  const io = await project();
  const runId = await declare(io);
  expect(await why(io, ulid())).toEqual({ why: expect.stringMatching(REFUSED), remains: true });
  expect((await why(io, await declare(io, { of: runId })))?.why).toContain("the statement there is of another run");
  const key = join(io.cwd, "another.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const another = await declare(io, { key });
  expect((await why(io, another))?.why).toContain("no key of here has signed");
  expect(await why({ ...io, env: { GAMEDAY_SIGNING_KEY_FILE: key } }, another)).toBeUndefined();
  await rm(join(io.cwd, ".gameday/keys"), { recursive: true });
  expect((await why(io, runId))?.why).toContain("no key that signs runs here can be opened");
  expect((await why({ ...io, env: { GAMEDAY_SIGNING_KEY_FILE: "none.pem" } }, runId))?.why).toMatch(REFUSED);
});

it("unless the run is named; what no program of the folder destroys goes as ever", async () => {
  const io = await project();
  const runId = ulid();
  expect((await why(io, runId))?.why).toContain(`if you trust that folder: gameday cleanup ${runId} --yes`);
  expect(await why(io, runId, { named: true })).toBeUndefined();
  expect(await why(io, runId, { kind: "ec2.volume" })).toBeUndefined();
});
