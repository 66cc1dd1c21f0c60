import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gameday, throwAwayFolder } from "./binary.ts";
import { gamedayHere } from "./in-process.ts";
import { QUICK_DRILL } from "./killed-run.ts";
import { standInForAws } from "./stand-in-for-aws.ts";

const opensslIsThere = spawnSync("openssl", ["version"]).status === 0;

it.skipIf(!opensslIsThere).each([
  ["an authority that NODE_EXTRA_CA_CERTS brings in", (path: string) => ({ NODE_EXTRA_CA_CERTS: path })],
  ["nobody, as NODE_TLS_REJECT_UNAUTHORIZED=0 wants it", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })],
])("a run is not live where AWS's own host names are vouched for by %s", async (_by, trusting) => {
  const cwd = await throwAwayFolder();
  await writeFile(join(cwd, "quick.yaml"), QUICK_DRILL);
  const aws = await standInForAws(cwd);
  const env = { HOME: cwd, ...aws.env, ...trusting(aws.authority) };
  const ran = await gameday(["run", "quick.yaml", "--plain"], { cwd, env });
  expect(aws.hosts).toContain("sts.us-east-1.amazonaws.com");
  expect(ran.stdout).toContain("(simulated)");
  const bundle = /bundle: (\S+)/.exec(ran.stdout)?.[1] ?? "";
  const verified = await gamedayHere(["verify", bundle, "--live-only", "--ledger", ".gameday/ledger.jsonl"], { cwd });
  expect(verified.stdout).toContain("WHOLE");
  expect(verified.stdout).toContain("evidence emulated");
  expect(verified.stdout + verified.stderr).toContain(
    "was sent to https://sts.us-east-1.amazonaws.com (vouched for by CN=Nobody knows me, an authority of this machine's own)",
  );
});
