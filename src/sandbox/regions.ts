import { KNOWN_REGIONS } from "../regions/known-regions.ts";
import { partitionOf } from "../regions/partitions.ts";

export interface Region {
  readonly name: string;
  readonly optInStatus: "opt-in-not-required" | "opted-in" | "not-opted-in";
  /** Prefix of its zone ids: `use1` in `use1-az1`. */
  readonly zoneIdPrefix: string;
  /** Letters of its Availability Zones: `abc` makes us-west-2a, us-west-2b and us-west-2c. */
  readonly zones: string;
}

/** The commercial Regions that need no opt-in, and a few that do and have not got it. */
const LISTED: readonly Region[] = [
  enabled("us-east-1", "use1", "abcdef"),
  enabled("us-east-2", "use2", "abc"),
  enabled("us-west-1", "usw1", "ab"),
  enabled("us-west-2", "usw2", "abcd"),
  enabled("ca-central-1", "cac1", "abd"),
  enabled("sa-east-1", "sae1", "abc"),
  enabled("eu-central-1", "euc1", "abc"),
  enabled("eu-west-1", "euw1", "abc"),
  enabled("eu-west-2", "euw2", "abc"),
  enabled("eu-west-3", "euw3", "abc"),
  enabled("eu-north-1", "eun1", "abc"),
  enabled("ap-south-1", "aps1", "abc"),
  enabled("ap-northeast-1", "apne1", "acd"),
  enabled("ap-northeast-2", "apne2", "abcd"),
  enabled("ap-northeast-3", "apne3", "abc"),
  enabled("ap-southeast-1", "apse1", "abc"),
  enabled("ap-southeast-2", "apse2", "abc"),
  notOptedIn("af-south-1", "afs1", "abc"),
  notOptedIn("ap-east-1", "ape1", "abc"),
  notOptedIn("eu-south-1", "eus1", "abc"),
  notOptedIn("me-south-1", "mes1", "abc"),
];

/** Every Region that AWS's SDK knows, of every partition. Those not listed by hand have three zones, and ids of our own making. */
export const REGIONS: readonly Region[] = [
  ...LISTED,
  ...KNOWN_REGIONS.filter((name) => !LISTED.some((region) => region.name === name)).map((name) =>
    partitionOf(name).id === "aws"
      ? notOptedIn(name, zoneIdPrefixOf(name), "abc")
      : enabled(name, zoneIdPrefixOf(name), "abc"),
  ),
];

/** `usgw1` of us-gov-west-1: as AWS's, whose own are not published as a rule. */
function zoneIdPrefixOf(name: string): string {
  const [area = "", ...words] = name.split("-");
  const places = words.map((word) =>
    word.replace(/(north|south|east|west|central|gov|iso)/g, (known) => known[0] ?? ""),
  );
  return [area, ...places].join("");
}

/** The Regions of one's own partition are all that an account can see. */
export function regionsBeside(name: string): readonly Region[] {
  const { id } = partitionOf(name);
  return REGIONS.filter((region) => partitionOf(region.name).id === id);
}

/** As an account sees it that has opted in to some. */
export function optInStatusOf({ name, optInStatus }: Region, optedIn: ReadonlySet<string>): Region["optInStatus"] {
  return optInStatus === "not-opted-in" && optedIn.has(name) ? "opted-in" : optInStatus;
}

export function findRegion(name: string): Region | undefined {
  return REGIONS.find((region) => region.name === name);
}

function enabled(name: string, zoneIdPrefix: string, zones: string): Region {
  return { name, optInStatus: "opt-in-not-required", zoneIdPrefix, zones };
}

function notOptedIn(name: string, zoneIdPrefix: string, zones: string): Region {
  return { name, optInStatus: "not-opted-in", zoneIdPrefix, zones };
}
