/** A part of AWS with accounts, ARNs and host names of its own. */
export interface Partition {
  /** As ARNs have it: `aws-us-gov`. */
  readonly id: string;
  /** What the names of its Regions begin with; empty for the commercial one, whose Regions begin with none of the others'. */
  readonly regionPrefix: string;
  /** What the names of its hosts end with, without the dot before: over IPv4, and dual-stack. */
  readonly dnsSuffixes: readonly string[];
}

/** As the AWS SDK knows them (a test compares). */
export const PARTITIONS: readonly Partition[] = [
  { id: "aws-cn", regionPrefix: "cn-", dnsSuffixes: ["amazonaws.com.cn", "api.amazonwebservices.com.cn"] },
  { id: "aws-us-gov", regionPrefix: "us-gov-", dnsSuffixes: ["amazonaws.com", "api.aws"] },
  { id: "aws-iso", regionPrefix: "us-iso-", dnsSuffixes: ["c2s.ic.gov", "api.aws.ic.gov"] },
  { id: "aws-iso-b", regionPrefix: "us-isob-", dnsSuffixes: ["sc2s.sgov.gov", "api.aws.scloud"] },
  { id: "aws-iso-e", regionPrefix: "eu-isoe-", dnsSuffixes: ["cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"] },
  { id: "aws-iso-f", regionPrefix: "us-isof-", dnsSuffixes: ["csp.hci.ic.gov", "api.aws.hci.ic.gov"] },
  { id: "aws-eusc", regionPrefix: "eusc-", dnsSuffixes: ["amazonaws.eu", "api.amazonwebservices.eu"] },
  { id: "aws", regionPrefix: "", dnsSuffixes: ["amazonaws.com", "api.aws"] },
];

export function partitionOf(region: string): Partition {
  // The last one's prefix fits every name.
  return PARTITIONS.find(({ regionPrefix }) => region.startsWith(regionPrefix))!;
}
