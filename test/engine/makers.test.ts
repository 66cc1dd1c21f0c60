import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../src/engine/resource-kind.ts";
import { Works } from "./works.ts";

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
