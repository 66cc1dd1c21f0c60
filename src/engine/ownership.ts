import { Failure } from "./failure.ts";
import type { LedgerEntry, Maker, Owner, ResourceKind } from "./resource-kind.ts";
import { RUN_TAG, type Tags } from "./tags.ts";

type Made = LedgerEntry & { readonly id: string };

/** Tells what is one run's, as AWS itself shows it at that very moment. A journal is no proof of it, for it may have come from anybody. */
export class Owners<S> {
  readonly #runId: string;
  readonly #kinds: ReadonlyMap<string, ResourceKind<S>>;
  /** AWS has shown them to be the run's while they were there: a maker that is gone shows nothing. */
  readonly #ownMakers = new Set<string>();

  constructor(runId: string, resourceKinds: ReadonlyMap<string, ResourceKind<S>>) {
    this.#runId = runId;
    this.#kinds = resourceKinds;
  }

  /**
   * The one place where anything is destroyed.
   * @throws Failure `not-this-runs`, with nothing changed
   */
  async destroy(entry: Made, services: S, before?: () => Promise<unknown>): Promise<void> {
    const kind = this.#kindOf(entry.kind);
    const owner = await this.ownerOf(entry, services);
    if (owner === "another") throw notThisRuns(entry, kind, this.#runId);
    await before?.();
    if (owner === "run") await kind.destroy(entry, services);
  }

  async ownerOf(entry: Made, services: S): Promise<Owner> {
    const { ownership, makes } = this.#kindOf(entry.kind);
    if (ownership.by === "proof") return ownership.ownerOf(entry, this.#runId, services);
    const owner = ownerByTags(await ownership.tagsOf(entry, services), this.#runId);
    if (owner === "run" && makes) this.#ownMakers.add(placeOf(entry));
    if (owner !== "another" || !entry.madeBy) return owner;
    return (await this.#isMadeByOwn(entry, entry.madeBy, services)) ? "run" : "another";
  }

  /** What a maker of the run's makes by itself carries the maker's mark and not the run's. */
  async #isMadeByOwn(made: Made, maker: Maker, services: S): Promise<boolean> {
    const { makes } = this.#kindOf(maker.kind);
    const { madeBy: _, ...asMaker } = { ...made, ...maker };
    if (!makes || (await this.ownerOf(asMaker, services)) === "another") return false;
    const mark = await makes.markOn(made, { ...maker, runId: this.#runId }, services);
    return mark === "run" || (mark === "maker" && this.#ownMakers.has(placeOf(maker)));
  }

  #kindOf(name: string): ResourceKind<S> {
    const kind = this.#kinds.get(name);
    if (!kind) throw new Error(`nothing knows how to destroy a ${name}`);
    return kind;
  }
}

function placeOf({ kind, region, id }: Maker): string {
  return JSON.stringify([kind, region, id]);
}

/** Undefined tags: it is not there. */
export function ownerByTags(tags: Tags | undefined, runId: string): Owner {
  if (tags === undefined) return "nobody";
  return Object.hasOwn(tags, RUN_TAG) && tags[RUN_TAG] === runId ? "run" : "another";
}

function notThisRuns<S>({ id, region }: Made, { kind, ownership }: ResourceKind<S>, runId: string): Failure {
  const why = ownership.by === "tags" ? `it does not carry ${RUN_TAG}=${runId}` : ownership.otherwise;
  return new Failure({
    code: "not-this-runs",
    message: `${kind} ${id} in ${region} is left alone: ${why}, so nothing but the journal says that this run made it`,
    fixer: "operator",
    next: `look at ${id}: if the run did make it, delete it by hand`,
    resourceId: id,
    retryable: false,
  });
}
