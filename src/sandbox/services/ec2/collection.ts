import { AwsError } from "../../service.ts";
import type { Resource } from "./model.ts";

interface Numbered<T> {
  readonly number: number;
  readonly item: T;
}

/** How EC2 speaks of ids of one type that it does not know or cannot read. */
export interface IdWording {
  readonly prefix: string;
  readonly notFound: string;
  readonly malformed: string;
  /** The message for the ids that were not found. */
  message(ids: readonly string[]): string;
}

/** The resources of one type in one Region, in the order in which they were made. */
export class Collection<T extends Resource> {
  readonly #items = new Map<string, Numbered<T>>();
  readonly #wording: IdWording;
  #next = 0;

  constructor(wording: IdWording) {
    this.#wording = wording;
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: T): T {
    this.#items.set(item.id, { number: this.#next++, item });
    return item;
  }

  delete(id: string): void {
    this.#items.delete(id);
  }

  find(id: string): T | undefined {
    return this.#items.get(id)?.item;
  }

  /** The resource, or EC2's error for an id that is malformed or not known in this Region. */
  get(id: string | undefined): T {
    return this.getAll([id ?? ""])[0]!;
  }

  getAll(ids: readonly string[]): T[] {
    const { prefix, malformed, notFound, message } = this.#wording;
    const wrong = ids.find((id) => !id.startsWith(prefix) || !/^[0-9a-f]{8,17}$/.test(id.slice(prefix.length)));
    if (wrong !== undefined) throw new AwsError(malformed, `Invalid id: "${wrong}" (expecting "${prefix}...")`);
    const missing = ids.filter((id) => !this.#items.has(id));
    if (missing.length > 0) throw new AwsError(notFound, message(missing));
    return ids.map((id) => this.find(id)!);
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { item } of this.#items.values()) yield item;
  }

  numbered(): Iterable<Numbered<T>> {
    return this.#items.values();
  }
}

export const VOLUME_IDS: IdWording = {
  prefix: "vol-",
  notFound: "InvalidVolume.NotFound",
  malformed: "InvalidVolumeID.Malformed",
  message: ([id]) => `The volume '${id}' does not exist.`,
};

export const SNAPSHOT_IDS: IdWording = {
  prefix: "snap-",
  notFound: "InvalidSnapshot.NotFound",
  malformed: "InvalidSnapshotID.Malformed",
  message: ([id]) => `The snapshot '${id}' does not exist.`,
};

export const INSTANCE_IDS: IdWording = {
  prefix: "i-",
  notFound: "InvalidInstanceID.NotFound",
  malformed: "InvalidInstanceID.Malformed",
  message: (ids) =>
    ids.length === 1
      ? `The instance ID '${ids[0]}' does not exist`
      : `The instance IDs '${ids.join(", ")}' do not exist`,
};
