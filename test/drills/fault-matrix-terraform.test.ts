import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { discoverTerraform } from "../../src/cli/terraform/discovery.ts";
import { EVERYTHING, partOfMatrix, report, wrongIn } from "./fault-matrix.ts";

const { settings, lacking } = await discoverTerraform({
  env: process.env,
  homedir: homedir(),
  cwd: process.cwd(),
  folder: join(tmpdir(), "gameday-terraform"),
});

/** Terraform's own calls, struck: it repeats creates that have no idempotency token, and then forgets the first. */
const CELLS = [
  ["reset-after", "kms:CreateKey"],
  ["reset-after", "dlm:CreateLifecyclePolicy"],
  ["denied", "dlm:CreateLifecyclePolicy"],
  ["reset-after", "ec2:CreateVolume"],
];

const why = lacking ?? (EVERYTHING ? "" : "minutes long: npm run test:faults");

test.skipIf(why !== "")(
  `ebs-cross-region ends in a documented way when Terraform's calls go wrong${why === "" ? "" : ` (skipped: ${why})`}`,
  { timeout: 1_200_000 },
  async () => {
    const results = await partOfMatrix({
      drill: "ebs-cross-region",
      faults: [...new Set(CELLS.map(([fault]) => fault))].join(","),
      terraform: settings,
      concurrency: 2,
      choose: (cells) =>
        cells.filter(({ fault, operation }) => CELLS.some(([name, at]) => name === fault.name && at === operation)),
    });
    expect(results).toHaveLength(CELLS.length);
    expect(wrongIn(results)).toEqual([]);
    report("faults, Terraform", results);
  },
);
