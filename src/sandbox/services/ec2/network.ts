import { stableId } from "./stable-id.ts";
import type { Zone } from "./zones.ts";

export interface Subnet {
  readonly id: string;
  readonly zone: Zone;
  readonly cidr: string;
}

/** The default VPC of a Region: 172.31.0.0/16, a /20 subnet in every zone and the default security group. */
export class Network {
  readonly vpcId: string;
  readonly securityGroupId: string;
  readonly routeTableId: string;
  readonly subnets: readonly Subnet[];
  #addresses = 3;

  constructor(scope: string, zones: readonly Zone[]) {
    this.vpcId = stableId("vpc-", scope);
    this.securityGroupId = stableId("sg-", scope);
    this.routeTableId = stableId("rtb-", scope);
    this.subnets = zones.map((zone, index) => ({
      id: stableId("subnet-", `${scope}/${zone.id}`),
      zone,
      cidr: `172.31.${index * 16}.0/20`,
    }));
  }

  /** The next free address of a subnet. */
  nextAddress({ cidr }: Subnet): string {
    const third = Number(cidr.split(".")[2]);
    const address = ++this.#addresses;
    return `172.31.${third + (Math.floor(address / 250) % 16)}.${(address % 250) + 4}`;
  }
}
