import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { sandboxOf } from "./standalone-sandbox.ts";

const DRILL = `apiVersion: gameday/v1
name: quick
description: The shortest drill there is.
objectives: { rto: 1h }
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
recover:
  - { id: ok, uses: command.run, with: { command: [node, --version] } }
`;

it("a run is resumed where it was, and at no other endpoint: there everything would seem to be gone", async () => {
  const [one, other] = [await sandboxOf(), await sandboxOf()];
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "quick.yaml"), DRILL);
  await gameday(["run", "quick.yaml", "--plain"], { cwd, env: one.environment });
  const [runId = ""] = await readdir(join(cwd, ".gameday/runs"));
  const elsewhere = await gamedayHere(["resume", runId], { cwd, env: other.environment });
  expect(elsewhere).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`used ${one.endpoint}, and calls would go`),
  });
  expect(elsewhere.stderr).toContain(`set AWS_ENDPOINT_URL to it`);
  const there = await gamedayHere(["resume", runId], { cwd, env: one.environment });
  expect(there.stderr).toContain("there is nothing to resume");
  expect(other.operations()).toEqual([]);
});
