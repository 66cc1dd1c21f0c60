import { join } from "node:path";
import { BlockStore } from "../../disks/block-store.ts";
import type { World } from "../../world.ts";
import type { InstanceProfile } from "../iam/identities.ts";
import type { Roles } from "../iam/roles.ts";
import type { Keys } from "../kms/keys.ts";
import { Collection, INSTANCE_IDS, SNAPSHOT_IDS, VOLUME_IDS } from "./collection.ts";
import type { Instance, Resource, Snapshot, Volume } from "./model.ts";
import { Network } from "./network.ts";
import { zonesOf, type Zone } from "./zones.ts";

/** EC2 in one Region. */
export interface Ec2Region {
  readonly name: string;
  readonly zones: readonly Zone[];
  readonly network: Network;
  readonly volumes: Collection<Volume>;
  readonly snapshots: Collection<Snapshot>;
  readonly instances: Collection<Instance>;
  /** What calls with a ClientToken made, by operation and token. */
  readonly tokens: Map<string, { readonly request: string; readonly ids: readonly string[] }>;
  encryptionByDefault: boolean;
  /** As it was set; undefined for `aws/ebs`. */
  defaultKey: string | undefined;
}

export interface Ec2Options {
  readonly world: World;
  readonly keys: Keys;
  readonly roles: Roles;
}

/** All of EC2 that drills touch: the state of every Region. What happens to it is in the `…-life.ts` files. */
export class Ec2 {
  readonly world: World;
  readonly keys: Keys;
  readonly #roles: Roles;
  readonly store: BlockStore;
  readonly #regions = new Map<string, Ec2Region>();

  constructor({ world, keys, roles }: Ec2Options) {
    this.world = world;
    this.keys = keys;
    this.#roles = roles;
    this.store = new BlockStore(join(world.folder, "blocks"));
  }

  /** The Regions that anything was asked of so far. */
  get regions(): Iterable<Ec2Region> {
    return this.#regions.values();
  }

  /** Switches every host off: nothing that their scripts have started goes on. */
  async close(): Promise<void> {
    const hosts = [...this.regions].flatMap(({ instances }) => [...instances].map(({ host }) => host));
    await Promise.all(hosts.map((host) => host?.powerOff()));
  }

  region(name: string): Ec2Region {
    let region = this.#regions.get(name);
    if (!region) this.#regions.set(name, (region = this.#newRegion(name)));
    return region;
  }

  /**
   * The ARN of a key as EC2 reports it, for a key id, alias or ARN; the Region's default for EBS when none is named. A key that
   * does not exist gets an ARN too: EC2 checks keys only later.
   */
  keyArn(region: string, key = "alias/aws/ebs"): string {
    const known = this.keys.find(region, key)?.arn;
    if (known !== undefined || key.startsWith("arn:")) return known ?? key;
    return `arn:aws:kms:${region}:${this.world.account}:${key.startsWith("alias/") ? key : `key/${key}`}`;
  }

  /** The instance profile of that name or ARN. */
  profile(nameOrArn: string): InstanceProfile | undefined {
    const name = nameOrArn.startsWith("arn:") ? nameOrArn.split("/").at(-1)! : nameOrArn;
    const profile = this.#roles.profiles.get(name);
    return profile && (name === nameOrArn || profile.arn === nameOrArn) ? profile : undefined;
  }

  /** Whether a profile's role lets the SSM agent register its instance. */
  mayRegister(profileArn: string): boolean {
    const role = this.#roles.roles.get(this.profile(profileArn)?.roleName ?? "");
    return role !== undefined && this.#roles.allows(role.arn, "ssm:UpdateInstanceInformation", "*");
  }

  /**
   * Flips one byte of one snapshot, as rot in storage would, and of no other snapshot that shares the block. `offset` is in bytes
   * of the volume; in the middle of its data by default.
   */
  async tamper(target: {
    readonly region: string;
    readonly snapshotId: string;
    readonly offset?: number;
  }): Promise<void> {
    const region = this.region(target.region);
    const snapshot = region.snapshots.get(target.snapshotId);
    snapshot.blocks = await this.store.tampered(snapshot.blocks, target.offset);
    this.log({ region, what: "ec2.snapshot", id: snapshot.id, state: "tampered", at: this.world.clock.now() });
  }

  /** Puts a resource into a state and the change into the log, with the instant at which it happened. */
  enter<R extends Resource>(change: {
    readonly region: Ec2Region;
    readonly what: "ec2.volume" | "ec2.snapshot" | "ec2.instance";
    readonly resource: R;
    readonly state: R["state"];
    readonly at: number;
    readonly detail?: Readonly<Record<string, unknown>>;
  }): void {
    const { region, what, resource, state, at, detail } = change;
    resource.state = state;
    this.log({ region, what, id: resource.id, state, at, ...(detail && { detail }) });
  }

  log(entry: {
    readonly region: Ec2Region;
    readonly what: string;
    readonly id: string;
    readonly state: string;
    readonly at: number;
    readonly detail?: Readonly<Record<string, unknown>>;
  }): void {
    this.world.record({ ...entry, region: entry.region.name });
  }

  #newRegion(name: string): Ec2Region {
    const zones = zonesOf(name, this.world.account);
    return {
      name,
      zones,
      network: new Network(`${this.world.account}/${name}`, zones),
      volumes: new Collection<Volume>(VOLUME_IDS),
      snapshots: new Collection<Snapshot>(SNAPSHOT_IDS),
      instances: new Collection<Instance>(INSTANCE_IDS),
      tokens: new Map(),
      encryptionByDefault: false,
      defaultKey: undefined,
    };
  }
}
