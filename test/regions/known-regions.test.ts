import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { KNOWN_REGIONS } from "../../src/regions/known-regions.ts";

const PARTITIONS = "dist-es/submodules/client/util-endpoints/lib/aws/partitions.js";

test("the Regions are those of the AWS SDK that gameday is installed with", () => {
  const sdk = dirname(createRequire(import.meta.url).resolve("@aws-sdk/core/package.json"));
  const names = readFileSync(join(sdk, PARTITIONS), "utf8").matchAll(/"([a-z]{2,4}(?:-[a-z]+)+-\d)"/g);
  expect([...KNOWN_REGIONS].sort()).toEqual([...new Set([...names].map(([, name]) => name))].sort());
});
