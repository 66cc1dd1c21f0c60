import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { KNOWN_REGIONS } from "../../src/regions/known-regions.ts";
import { PARTITIONS, partitionOf } from "../../src/regions/partitions.ts";
import { REGION_PATTERN, ZONE_PATTERN } from "../../src/regions/region-name.ts";

interface SdkPartition {
  readonly id: string;
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, unknown>>;
  readonly outputs: { readonly dnsSuffix: string; readonly dualStackDnsSuffix: string };
}

const sdk = dirname(createRequire(import.meta.url).resolve("@aws-sdk/core/package.json"));
const path = join(sdk, "dist-es/submodules/client/util-endpoints/lib/aws/partitions.js");
const { partitionsInfo } = (await import(pathToFileURL(path).href)) as {
  readonly partitionsInfo: { readonly partitions: readonly SdkPartition[] };
};

test("the partitions and their host names are those of the AWS SDK that gameday is installed with", () => {
  const known = PARTITIONS.map(({ id, dnsSuffixes }) => [id, ...dnsSuffixes]);
  const told = partitionsInfo.partitions.map(({ id, outputs }) => [id, outputs.dnsSuffix, outputs.dualStackDnsSuffix]);
  expect(known.sort()).toEqual(told.sort());
});

test("every Region that the SDK knows is of the partition that the SDK says", () => {
  const told = partitionsInfo.partitions.flatMap(({ id, regions }) =>
    Object.keys(regions)
      .filter((name) => KNOWN_REGIONS.includes(name))
      .map((name) => [name, id]),
  );
  expect(told.map(([name = ""]) => [name, partitionOf(name).id])).toEqual(told);
  expect(told.length).toBe(KNOWN_REGIONS.length);
});

test("one pattern takes the name of every Region, and with a letter of every zone", () => {
  for (const name of KNOWN_REGIONS) {
    expect(name).toMatch(REGION_PATTERN);
    expect(name).not.toMatch(ZONE_PATTERN);
    expect(`${name}a`).toMatch(ZONE_PATTERN);
    expect(`${name}a`).not.toMatch(REGION_PATTERN);
  }
});
