import { describe, expect, it } from "vitest";
import type { LedgerEntry, ResourceKind } from "../../src/engine/resource-kind.ts";
import type { Tags } from "../../src/engine/tags.ts";
import { Boxes, boxKind, drillOf, runTest, step, stepKind } from "./harness.ts";

const OWN = { "gameday:run": "01TEST" };

/** A machine in the world of boxes makes one at each look, as long as it is there. It stands in a crate. */
class Works {
  readonly boxes = new Boxes();
  readonly machines = new Set<string>();
  readonly made = new Map<string, string>();
  /** What happened, in order. */
  readonly log: string[] = [];
  /** The boxes that are still hidden when the machine goes: they are seen a while later. */
  late = 0;

  readonly crate: ResourceKind<Boxes> = {
    ...boxKind,
    kind: "test.crate",
    ownership: { by: "tags", tagsOf: async () => OWN },
    holds: async () => [{ kind: "test.machine", region: "us-west-2", id: "machine-1" }],
    destroy: async () => void this.log.push("crate gone"),
    isGone: async () => true,
  };

  readonly machine: ResourceKind<Boxes> = {
    ...boxKind,
    kind: "test.machine",
    ownership: { by: "tags", tagsOf: async ({ id }) => (this.machines.has(id) ? this.machineTags : undefined) },
    destroy: async ({ id }) => {
      this.machines.delete(id);
      this.log.push(`${id} gone`);
    },
    isGone: async ({ id }) => !this.machines.has(id),
    makes: {
      kind: "test.box",
      note: async () => (this.notes ? {} : Promise.reject(new Error("denied"))),
      regions: () => ["us-west-2"],
      list: async ({ maker }) => {
        if (this.machines.has(maker.id)) this.#make(maker.id);
        else if (this.late > 0) {
          const due = this.boxes.clock.now() - (this.#goneAt ??= this.boxes.clock.now()) >= 30_000;
          if (due) while (this.late-- > 0) this.#make(maker.id);
        }
        return [...this.made].flatMap(([id, by]) =>
          by === maker.id && this.boxes.made.has(id) ? [{ id, region: "us-west-2", tags: {} }] : [],
        );
      },
      markOn: async (made, { id }) => (this.marks && this.made.get(made.id) === id ? "maker" : undefined),
    },
  };

  notes = true;
  /** Whether what it makes shows whose it is. */
  marks = true;
  machineTags: Tags = OWN;
  #goneAt: number | undefined;

  #make(by: string): void {
    this.made.set(this.boxes.make(`by ${by}`), by);
  }

  readonly box: ResourceKind<Boxes> = {
    ...boxKind,
    ownership: { by: "tags", tagsOf: async ({ id }) => (this.boxes.made.has(id) ? {} : undefined) },
    destroy: async (entry, boxes) => {
      this.log.push(`${entry.id} gone`);
      await boxKind.destroy(entry, boxes);
    },
  };

  /** Sets the crate up, with the machine in it. */
  readonly setUp = stepKind("crate.set-up", async (context) => {
    await context.create("test.crate", { region: "us-west-2" }, async () => ({ id: "crate-1" }));
    this.machines.add("machine-1");
    return {};
  });

  run() {
    const { boxes, box, crate, machine, setUp } = this;
    const drill = drillOf({ prepare: [step("set-up", "crate.set-up")] });
    return runTest(drill, { boxes, boxKind: box, otherKinds: [crate, machine], kinds: [setUp] });
  }
}

const names = (ledger: readonly LedgerEntry[]) =>
  ledger.map(({ kind, id, standsFor, state }) => `${kind} ${id ?? standsFor} ${state}`);

describe("what a maker has made", () => {
  it("goes after the maker, which goes even where what held it left it behind", async () => {
    const works = new Works();
    const { record } = await works.run();
    expect(works.log).toEqual(["crate gone", "machine-1 gone", ...[...works.made.keys()].map((id) => `${id} gone`)]);
    expect(works.boxes.made.size).toBe(0);
    expect(names(record.ledger)).toContain("test.box whatever test.machine machine-1 has made deleted");
    expect(record.ledger.every(({ state }) => state === "deleted")).toBe(true);
    expect(record.ledger.filter(({ madeBy, id }) => madeBy && id).map(({ step: by }) => by)).toEqual(
      [...works.made.keys()].map(() => "set-up"),
    );
  });

  it("is found when it is seen late", async () => {
    const works = new Works();
    works.late = 2;
    const { record } = await works.run();
    expect(works.boxes.made.size).toBe(0);
    expect(works.made.size).toBeGreaterThan(2);
    expect(record.finished?.leftovers).toEqual([]);
  });

  it("remains, as far as anybody knows, where the maker could not be asked before it was gone", async () => {
    const works = new Works();
    works.notes = false;
    const { record } = await works.run();
    expect(works.boxes.made.size).toBe(0);
    expect(record.findings.map(({ message }) => message)).toEqual([
      expect.stringContaining("no look for what test.machine machine-1 makes in us-west-2"),
    ]);
    expect(record.finished?.leftovers).toEqual([
      { kind: "test.box", region: "us-west-2", id: "(whatever test.machine machine-1 has made)" },
    ]);
  });

  it("is not touched as long as its maker stays, and all of it is listed", async () => {
    const works = new Works();
    works.machine.destroy = async () => undefined;
    const { record } = await works.run();
    expect(works.boxes.made.size).toBeGreaterThan(0);
    expect(works.log).toEqual(["crate gone"]);
    const left = record.ledger.filter(({ state }) => state !== "deleted");
    expect(left.map(({ kind }) => kind)).toEqual(["test.box", ...left.slice(2).map(() => "test.box"), "test.machine"]);
    expect(left.find(({ standsFor }) => standsFor)?.reason).toContain("is still there and may make more");
  });

  it.each([
    ["AWS does not show that the maker made it", { marks: false }],
    ["the maker is not the run's, whatever the ledger says", { machineTags: { "gameday:run": "01OTHER" } }],
  ])("is left alone where %s", async (_where, world) => {
    const works = Object.assign(new Works(), world);
    const { record } = await works.run();
    expect(works.boxes.made.size).toBeGreaterThan(0);
    expect(works.log.filter((line) => line.startsWith("box"))).toEqual([]);
    const ids = record.finished?.leftovers.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...works.boxes.made.keys()]));
  });
});
