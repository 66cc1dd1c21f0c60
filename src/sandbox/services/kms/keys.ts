import type { KeyObject } from "node:crypto";
import type { World } from "../../world.ts";
import type { Roles } from "../iam/roles.ts";
import { whyForbidden } from "./key-access.ts";

export type KeyState = "Enabled" | "Disabled" | "PendingDeletion";

/** A KMS key of one Region. */
export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly region: string;
  readonly createdAt: number;
  /** `AWS` for keys such as aws/ebs, which anybody in the account may use through their service. */
  readonly manager: "AWS" | "CUSTOMER";
  readonly multiRegion: boolean;
  /** Of a key of spec ECC_NIST_P256, which signs; a key without one is symmetric, and encrypts. */
  readonly privateKey: KeyObject | undefined;
  description: string;
  policy: string;
  rotation: boolean;
  rotationPeriodDays: number;
  state: KeyState;
  /** Epoch milliseconds, while the key is pending deletion. */
  deletesAt: number | undefined;
  readonly tags: Map<string, string>;
  readonly grants: Map<string, Grant>;
}

export interface Grant {
  readonly id: string;
  readonly token: string;
  readonly granteePrincipal: string;
  readonly operations: readonly string[];
  readonly name: string | undefined;
  readonly createdAt: number;
}

export interface Alias {
  /** `alias/…` */
  readonly name: string;
  keyId: string;
  readonly createdAt: number;
  updatedAt: number;
}

type NewKey = Pick<Key, "description" | "policy" | "manager" | "multiRegion"> & Partial<Pick<Key, "privateKey">>;

interface RegionKeys {
  readonly keys: Map<string, Key>;
  readonly aliases: Map<string, Alias>;
}

const DEFAULT_EBS_ALIAS = "alias/aws/ebs";

/** The KMS keys of all Regions, and who may use them. */
export class Keys {
  readonly world: World;
  readonly roles: Roles;
  readonly #regions = new Map<string, RegionKeys>();

  constructor(world: World, roles: Roles) {
    this.world = world;
    this.roles = roles;
  }

  /**
   * The key of that id, key ARN, alias or alias ARN, in this Region only: keys of other Regions are not found, as in KMS.
   * The Region's default key for EBS appears when it is first asked for.
   */
  find(region: string, idOrArnOrAlias: string): Key | undefined {
    const { keys, aliases } = this.inRegion(region);
    const reference = withoutArn(region, this.world.account, idOrArnOrAlias);
    if (reference === undefined) return undefined;
    if (reference === DEFAULT_EBS_ALIAS) return this.defaultForEbs(region);
    return keys.get(aliases.get(reference)?.keyId ?? reference);
  }

  /** The key behind `alias/aws/ebs`. */
  defaultForEbs(region: string): Key {
    const { keys, aliases } = this.inRegion(region);
    const alias = aliases.get(DEFAULT_EBS_ALIAS);
    if (alias) return keys.get(alias.keyId)!;
    const key = this.add(region, {
      description: "Default key that protects my EBS volumes when no other key is defined",
      policy: JSON.stringify({ Version: "2012-10-17", Id: "auto-ebs-2", Statement: [] }),
      manager: "AWS",
      multiRegion: false,
    });
    aliases.set(DEFAULT_EBS_ALIAS, {
      name: DEFAULT_EBS_ALIAS,
      keyId: key.id,
      createdAt: key.createdAt,
      updatedAt: key.createdAt,
    });
    return key;
  }

  /**
   * Why EBS cannot use the key now, in words for a log; undefined when it can. With a principal (a role's or session's ARN, or a
   * user's) that must be able to use it too, by the key policy or, where that delegates to the account, by its own policies.
   */
  whyUnusable(region: string, idOrArnOrAlias: string, principalArn?: string): string | undefined {
    const key = this.find(region, idOrArnOrAlias);
    if (!key) return `the key ${idOrArnOrAlias} does not exist in ${region}`;
    if (key.state === "Disabled") return `the key ${key.arn} is disabled`;
    if (key.state === "PendingDeletion") return `the key ${key.arn} is pending deletion`;
    if (key.privateKey) return `the key ${key.arn} is asymmetric: EBS takes symmetric keys only`;
    return principalArn === undefined ? undefined : whyForbidden(this.roles, key, principalArn);
  }

  add(region: string, spec: NewKey): Key {
    const id = spec.multiRegion ? this.world.newId("mrk-", 32) : uuid(this.world.newId("", 32));
    const key: Key = {
      privateKey: undefined,
      ...spec,
      id,
      arn: `arn:aws:kms:${region}:${this.world.account}:key/${id}`,
      region,
      createdAt: this.world.clock.now(),
      rotation: spec.manager === "AWS",
      rotationPeriodDays: 365,
      state: "Enabled",
      deletesAt: undefined,
      tags: new Map(),
      grants: new Map(),
    };
    this.inRegion(region).keys.set(id, key);
    this.record(key, key.state);
    return key;
  }

  setState(key: Key, state: KeyState): void {
    key.state = state;
    this.record(key, state);
  }

  /** Lets the key and its aliases disappear at `deletesAt`, unless the deletion is cancelled before. */
  scheduleDeletion(key: Key, deletesAt: number): void {
    key.deletesAt = deletesAt;
    this.setState(key, "PendingDeletion");
    this.world.schedule(deletesAt, (now) => {
      if (key.deletesAt !== deletesAt) return;
      const { keys, aliases } = this.inRegion(key.region);
      keys.delete(key.id);
      for (const alias of aliases.values()) if (alias.keyId === key.id) aliases.delete(alias.name);
      this.record(key, "deleted", now);
    });
  }

  inRegion(region: string): RegionKeys {
    let found = this.#regions.get(region);
    if (!found) this.#regions.set(region, (found = { keys: new Map(), aliases: new Map() }));
    return found;
  }

  *all(): Iterable<Key> {
    for (const { keys } of this.#regions.values()) yield* keys.values();
  }

  record(key: Key, state: string, at = this.world.clock.now()): void {
    this.world.record({ at, region: key.region, what: "kms.key", id: key.id, state });
  }
}

/** The id or alias of a reference; undefined for an ARN of another Region or account. */
function withoutArn(region: string, account: string, reference: string): string | undefined {
  if (!reference.startsWith("arn:")) return reference;
  const prefix = `arn:aws:kms:${region}:${account}:`;
  if (!reference.startsWith(prefix)) return undefined;
  const resource = reference.slice(prefix.length);
  return resource.startsWith("key/") ? resource.slice("key/".length) : resource;
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
