import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AwsError } from "../../src/sandbox/service.ts";
import { openOrMakeKeyFile } from "../../src/evidence/signing/key-file.ts";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { sandboxOf } from "./standalone-sandbox.ts";

const DRILL = `apiVersion: gameday/v1
name: quick
description: Makes a snapshot.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"], teardownBudget: 15s }
prepare:
  - id: marker
    uses: ebs.write-marker
    with: { volumeTag: { key: Snapshot, value: "true" } }
  - id: snapshot
    uses: ebs.create-snapshot
    with: { volumeId: "\${{ steps.marker.volumeId }}" }
recover:
  - { id: ok, uses: command.run, with: { command: ["true"] } }
`;

it("a run goes on with the key of its intent and no other: another is refused before anything is asked or written", async () => {
  let kept = true;
  const sandbox = await sandboxOf({
    speed: 100,
    interceptors: [
      ({ operation }) =>
        kept && operation === "DeleteSnapshot"
          ? { kind: "error", error: new AwsError("UnauthorizedOperation", "no", 403) }
          : undefined,
    ],
  });
  const { environment: env } = sandbox;
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "quick.yaml"), DRILL);
  const other = await openOrMakeKeyFile(join(cwd, "other.pem"));
  expect((await gameday(["run", "quick.yaml", "--plain"], { cwd, env })).code).toBe(6);
  const own = await openOrMakeKeyFile(join(cwd, ".gameday/keys/signing.pem"));
  const [runId = ""] = await readdir(join(cwd, ".gameday/runs"));
  const journal = () => readFile(join(cwd, ".gameday/runs", runId, "journal.jsonl"), "utf8");
  const before = { journal: await journal(), calls: sandbox.world.log.length };
  kept = false;

  const refused = await gamedayHere(["resume", runId, "--plain", "--key", "other.pem"], { cwd, env });
  expect(refused).toMatchObject({ code: 7, stdout: "" });
  expect(refused.stderr).toContain(`has its intent signed by key ${own.key.keyId}`);
  expect(refused.stderr).toContain(`would go on with key ${other.key.keyId}`);
  expect({ journal: await journal(), calls: sandbox.world.log.length }).toEqual(before);
  const bundled = await gamedayHere(["bundle", runId, "--output", "b", "--key", "other.pem"], { cwd, env });
  expect(bundled).toMatchObject({ code: 7, stderr: expect.stringContaining("[other-signing-key]") });

  const resumed = await gameday(["resume", runId, "--plain"], { cwd, env });
  expect(resumed.code, resumed.stderr).not.toBe(6);
  const bundle = /bundle: (\S+)/.exec(resumed.stdout)?.[1] ?? "";
  const verified = await gamedayHere(["verify", bundle, "--ledger", ".gameday/ledger.jsonl"], { cwd });
  expect(verified, verified.stderr).toMatchObject({ code: 0 });
  const listed = await gamedayHere(["ledger", "--complete", "--json"], { cwd });
  expect(listed.code, listed.stderr).toBe(0);
  const { runs } = JSON.parse(listed.stdout);
  expect(runs).toMatchObject([
    {
      results: [
        { line: 2, signed: true },
        { line: 3, signed: true },
      ],
    },
  ]);
  const [first, second] = runs[0].results;
  expect(second.events).toBeGreaterThan(first.events);
});
