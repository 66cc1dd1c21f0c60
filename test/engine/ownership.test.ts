import { describe, expect, it } from "vitest";
import { ownerByTags, Owners } from "../../src/engine/ownership.ts";
import type { LedgerEntry, Makes, Owner, ResourceKind } from "../../src/engine/resource-kind.ts";
import type { Tags } from "../../src/engine/tags.ts";
import { Boxes, boxKind } from "./harness.ts";

const OWN: Tags = { "gameday:run": "01TEST" };
const MAKER = { kind: "test.machine", region: "us-west-2", id: "machine-1" };
const BOX: LedgerEntry & { readonly id: string } = {
  key: "a#1/0",
  kind: "test.box",
  region: "us-west-2",
  token: "t",
  tags: OWN,
  attributes: {},
  step: "a",
  state: "created",
  id: "box-0",
};
const MADE = { ...BOX, tags: {}, madeBy: MAKER };

/** A world that shows these tags on the box and on the machine, and this mark on what the machine makes. */
class Shown {
  boxTags: Tags | undefined = {};
  machineTags: Tags | undefined = OWN;
  mark: Awaited<ReturnType<Makes<Boxes>["markOn"]>> = "maker";
  makesBoxes = true;
  readonly asked: unknown[] = [];
  readonly log: string[] = [];

  readonly #box: ResourceKind<Boxes> = {
    ...boxKind,
    ownership: { by: "tags", tagsOf: async () => this.boxTags },
    destroy: async ({ id }) => void this.log.push(`${id} destroyed`),
  };

  owners(box: Partial<ResourceKind<Boxes>> = {}): Owners<Boxes> {
    const makes: Makes<Boxes> = {
      kind: "test.box",
      note: async () => ({}),
      regions: () => ["us-west-2"],
      list: async () => [],
      markOn: async (made, by) => {
        this.asked.push([made.id, by]);
        return this.mark;
      },
    };
    const machine: ResourceKind<Boxes> = {
      ...boxKind,
      kind: MAKER.kind,
      ownership: { by: "tags", tagsOf: async () => this.machineTags },
      ...(this.makesBoxes ? { makes } : {}),
    };
    const kinds = [{ ...this.#box, ...box }, machine];
    return new Owners("01TEST", new Map(kinds.map((kind) => [kind.kind, kind])));
  }
}

const boxes = new Boxes();

describe("whose something is", () => {
  it.each<readonly [string, Tags | undefined, Owner]>([
    ["carries the run's tag", { Name: "x", ...OWN }, "run"],
    ["carries another run's", { "gameday:run": "01OTHER" }, "another"],
    ["carries none", {}, "another"],
    ["is not there", undefined, "nobody"],
  ])("is told by what AWS shows of one that %s", async (_what, tags, owner) => {
    expect(ownerByTags(tags, "01TEST")).toBe(owner);
    const shown = Object.assign(new Shown(), { boxTags: tags });
    // The ledger's own word counts for nothing.
    expect(await shown.owners().ownerOf(BOX, boxes)).toBe(owner);
  });

  it.each<Owner>(["run", "another", "nobody"])("is told by proof of what carries no tags: %s", async (owner) => {
    const asked: unknown[] = [];
    const ownership: ResourceKind<Boxes>["ownership"] = {
      by: "proof",
      otherwise: "it hangs on nothing of the run",
      ownerOf: async (entry, runId) => {
        asked.push([entry.id, runId]);
        return owner;
      },
    };
    expect(await new Shown().owners({ ownership }).ownerOf(BOX, boxes)).toBe(owner);
    expect(asked).toEqual([["box-0", "01TEST"]]);
  });
});

describe("what a maker has made", () => {
  const ownerOf = async (world: Partial<Shown>, seenBefore = true): Promise<Owner> => {
    const shown = Object.assign(new Shown(), { machineTags: OWN });
    const owners = Object.assign(shown, world).owners();
    if (seenBefore) {
      const gone = { machineTags: shown.machineTags };
      shown.machineTags = OWN;
      await owners.ownerOf({ ...BOX, ...MAKER }, boxes);
      Object.assign(shown, gone);
    }
    return owners.ownerOf(MADE, boxes);
  };

  it("is the run's where AWS shows the maker to be, and the maker's mark on it", async () => {
    expect(await ownerOf({}, false)).toBe("run");
    expect(await ownerOf({ mark: undefined })).toBe("another");
  });

  it("is the run's where the maker is gone, and was seen to be the run's before", async () => {
    expect(await ownerOf({ machineTags: undefined })).toBe("run");
    expect(await ownerOf({ machineTags: undefined }, false)).toBe("another");
  });

  it("is the run's where it carries a mark of the run itself, though its maker is gone", async () => {
    expect(await ownerOf({ machineTags: undefined, mark: "run" }, false)).toBe("run");
  });

  it("is not the run's where the maker is another's, whatever is on it", async () => {
    expect(await ownerOf({ machineTags: {}, mark: "run" })).toBe("another");
    expect(await ownerOf({ machineTags: {}, mark: "maker" })).toBe("another");
  });

  it("is not the run's where what is called its maker makes nothing", async () => {
    expect(await ownerOf({ makesBoxes: false, mark: "run" })).toBe("another");
  });

  it("is asked for its mark of that very maker and run, and only where it carries no tag of the run", async () => {
    const shown = new Shown();
    await shown.owners().ownerOf(MADE, boxes);
    expect(shown.asked).toEqual([["box-0", { ...MAKER, runId: "01TEST" }]]);
    shown.boxTags = OWN;
    expect(await shown.owners().ownerOf(MADE, boxes)).toBe("run");
    expect(shown.asked).toHaveLength(1);
  });

  it("is told apart by Region from what a maker of the same id has made elsewhere", async () => {
    const shown = new Shown();
    const owners = shown.owners();
    await owners.ownerOf({ ...BOX, ...MAKER }, boxes);
    shown.machineTags = undefined;
    expect(await owners.ownerOf({ ...MADE, madeBy: { ...MAKER, region: "us-east-1" } }, boxes)).toBe("another");
  });
});

describe("destruction", () => {
  const destroy = async (boxTags: Tags | undefined, box: Partial<ResourceKind<Boxes>> = {}) => {
    const shown = Object.assign(new Shown(), { boxTags });
    const before = async () => shown.log.push("told");
    const failure = await shown
      .owners(box)
      .destroy(BOX, boxes, before)
      .catch((error: unknown) => error);
    return { log: shown.log, failure };
  };

  it("is told first, and then done", async () => {
    expect(await destroy(OWN)).toEqual({ log: ["told", "box-0 destroyed"], failure: undefined });
  });

  it("has nothing to do where it is not there", async () => {
    expect(await destroy(undefined)).toEqual({ log: ["told"], failure: undefined });
  });

  it("leaves alone what is another's, and says how that is seen", async () => {
    const { log, failure } = await destroy({ "gameday:run": "01OTHER" });
    expect(log).toEqual([]);
    expect(failure).toMatchObject({
      details: {
        code: "not-this-runs",
        message: expect.stringContaining(
          "test.box box-0 in us-west-2 is left alone: it does not carry gameday:run=01TEST",
        ),
        next: expect.stringContaining("look at box-0"),
        fixer: "operator",
        resourceId: "box-0",
        retryable: false,
      },
    });
    const ownership: ResourceKind<Boxes>["ownership"] = {
      by: "proof",
      otherwise: "it hangs on another's",
      ownerOf: async () => "another",
    };
    const proof = await destroy(OWN, { ownership });
    expect(proof.log).toEqual([]);
    expect(proof.failure).toMatchObject({ details: { message: expect.stringContaining("it hangs on another's, so") } });
  });

  it("is of kinds that are known", async () => {
    const owners = new Shown().owners();
    await expect(owners.destroy({ ...BOX, kind: "test.none" }, boxes)).rejects.toThrow("how to destroy a test.none");
  });
});
