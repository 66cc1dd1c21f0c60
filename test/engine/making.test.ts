import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanUpRun } from "../../src/engine/clean-up.ts";
import { Failure } from "../../src/engine/failure.ts";
import { readJournal } from "../../src/engine/read-journal.ts";
import type { Makes, ResourceKind, Sweep, SweepPlace } from "../../src/engine/resource-kind.ts";
import { type Boxes, dependencies, drillOf, step, stepKind } from "./harness.ts";
import { OWN, Works } from "./works.ts";

const MACHINE = { kind: "test.machine", region: "us-west-2", id: "machine-1" };
const denied = new Failure({ code: "access-denied", message: "denied", fixer: "operator" });

/** The world of works, with its machine another in some way. */
function worksWith(makes: Partial<Makes<Boxes>>, machine: Partial<ResourceKind<Boxes>> = {}): Works {
  const works = new Works();
  Object.assign(works.machine, machine, { makes: { ...works.machine.makes!, ...makes } });
  return works;
}

/** What a look for the run's tag finds of machines, by Region. */
function showMachines(works: Works, list: Sweep<Boxes>["list"]): void {
  Object.assign(works.machine, { sweep: { list } satisfies Sweep<Boxes> });
}

const noted = (events: readonly { readonly type: string }[]) =>
  events.filter((event) => event.type === "resource-intended" && JSON.stringify(event).includes("standsFor"));

describe("a maker", () => {
  it("is asked once for what it makes, though its stack, the ledger and its tag all tell of it", async () => {
    const asked: unknown[] = [];
    const note: Makes<Boxes>["note"] = async (maker, place) => {
      asked.push([maker, place]);
      return { from: "here" };
    };
    const works = worksWith({ note });
    showMachines(works, async ({ region }) => (region === "us-west-2" ? [{ ...MACHINE, tags: OWN }] : []));
    const clockOffsetMs = { "us-west-2": 2_000 };
    const run = await works.run({ guard: async () => ({ account: "111122223333", arn: "arn:test", clockOffsetMs }) });
    // The run's start by AWS's clock, which gives what a maker made its instants.
    const place: SweepPlace = { region: "us-west-2", runId: "01TEST", since: Date.UTC(2026, 0, 1) - 2_000 };
    expect(asked).toEqual([[MACHINE, place]]);
    expect(noted(run.events)).toMatchObject([
      {
        resource: {
          kind: "test.box",
          region: "us-west-2",
          step: "set-up",
          madeBy: MACHINE,
          attributes: { from: "here" },
          standsFor: "whatever test.machine machine-1 has made",
        },
      },
    ]);
    expect(works.boxes.made.size).toBe(0);
  });

  it.each<readonly [string, Partial<Works["crate"]>]>([
    ["only its tag tells of it", { holds: async () => [] }],
    ["its stack does not tell what is in it", { holds: () => Promise.reject(denied) }],
  ])("is found where %s", async (_where, crate) => {
    const works = worksWith({});
    Object.assign(works.crate, crate);
    showMachines(works, async ({ region }) =>
      region === "us-west-2" && works.machines.size > 0 ? [{ ...MACHINE, tags: OWN }] : [],
    );
    const run = await works.run();
    expect(works.machines.size).toBe(0);
    expect(works.boxes.made.size).toBe(0);
    expect(run.record.ledger.filter(({ madeBy }) => madeBy).every(({ step: by }) => by === "sweep")).toBe(true);
    expect(run.record.findings.map(({ message }) => message)).toEqual(
      crate.holds?.toString().includes("reject")
        ? ["no look for what is inside of test.crate crate-1 in us-west-2: denied"]
        : [],
    );
  });

  it("that was there before the run is asked nothing more, and nothing it made is touched", async () => {
    const works = worksWith({ note: async () => undefined });
    works.crate.destroy = async () => void works.log.push("crate gone");
    const run = await works.run();
    expect(works.log).toEqual(["crate gone"]);
    expect(noted(run.events)).toEqual([]);
    expect(run.record.ledger.map(({ kind }) => kind)).toEqual(["test.crate"]);
  });

  it("of a kind that makes nothing is none", async () => {
    const works = new Works();
    works.crate.holds = async () => [{ kind: "test.crate", region: "us-west-2", id: "crate-2" }];
    const run = await works.run();
    expect(noted(run.events)).toEqual([]);
  });

  it("whose tag cannot be looked for is told", async () => {
    const works = worksWith({});
    showMachines(works, async ({ region }) => (region === "us-east-1" ? Promise.reject(denied) : []));
    const { record } = await works.run();
    expect(record.findings.map(({ message }) => message)).toContain(
      "no look for a test.machine with this run's tag in us-east-1: denied",
    );
    expect(works.boxes.made.size).toBe(0);
  });
});

describe("what is left when its maker has gone", () => {
  it("is looked for until a minute has shown no more", async () => {
    const looks: number[] = [];
    const works = worksWith({});
    const { list } = works.machine.makes!;
    works.machine.makes!.list = async (search, boxes) => {
      if (works.machines.size === 0) looks.push(boxes.clock.monotonic());
      return list(search, boxes);
    };
    await works.run();
    expect(looks.at(-1)! - looks.at(-2)!).toBe(60_000);
  });

  it("remains, as far as anybody knows, where every look shows another", async () => {
    const works = worksWith({});
    const { list } = works.machine.makes!;
    works.machine.makes!.list = async (search, boxes) => {
      if (works.machines.size === 0) works.made.set(boxes.make("another"), "machine-1");
      return list(search, boxes);
    };
    const { record } = await works.run();
    const line = record.ledger.find(({ standsFor }) => standsFor);
    expect(line).toMatchObject({ state: "leaked", reason: expect.stringContaining("there was another test.box") });
    expect(record.finished?.leftovers.map(({ id }) => id)).toEqual(["(whatever test.machine machine-1 has made)"]);
    expect(works.boxes.made.size).toBe(0);
  });

  it("remains where nobody can look for it, in its Region or in another", async () => {
    for (const blind of ["us-west-2", "eu-west-1"]) {
      const works = worksWith({ regions: () => ["us-west-2", "eu-west-1"] });
      const { list } = works.machine.makes!;
      works.machine.makes!.list = async (search, boxes) => {
        if (search.region === blind) throw denied;
        return search.region === "us-west-2" ? list(search, boxes) : [];
      };
      const { record } = await works.run();
      expect(record.finished?.leftovers.map(({ id }) => id)).toContain("(whatever test.machine machine-1 has made)");
      expect(record.findings.map(({ message }) => message)).toContain(
        `no look for what test.machine machine-1 has made in ${blind}: denied`,
      );
      expect(record.ledger.find(({ standsFor }) => standsFor)?.reason).toBe("denied");
    }
  });

  it("remains where teardown's budget is spent before the look", async () => {
    const works = new Works();
    works.crate.destroy = () => new Promise<void>(() => undefined);
    works.crate.isGone = () => new Promise<boolean>(() => undefined);
    const safety = { accounts: [], maxDurationMs: 86_400_000, teardownBudgetMs: 1 };
    Object.assign(works, { drill: drillOf(works.drill.phases, { safety }) });
    const { record } = await works.run();
    expect(record.finished?.leftovers.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["crate-1", "(whatever test.machine machine-1 has made)"]),
    );
    expect(record.ledger.find(({ standsFor }) => standsFor)?.reason).toContain(
      "teardown did not end within its budget",
    );
  });
});

describe("the clean-up of a run", () => {
  const cleanUp = async (works: Works, spare: string, run: { readonly folder: string }) => {
    const earlier = await readJournal(join(run.folder, "journal.jsonl"));
    const deps = dependencies({ folder: run.folder, events: [], boxes: works.boxes }, works.options);
    return cleanUpRun(works.drill, deps, { earlier, spare: ({ id }) => (id === spare ? "needed" : undefined) });
  };

  it("leaves a maker that must stay, and with it all that it made", async () => {
    const works = new Works();
    works.machine.destroy = async () => undefined;
    const run = await works.run();
    works.machine.destroy = async ({ id }) => void works.machines.delete(id);
    const { record } = await cleanUp(works, "machine-1", run);
    expect([...works.machines]).toEqual(["machine-1"]);
    expect(works.boxes.destroyed).toEqual([]);
    expect(record.finished?.leftovers.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["machine-1", "(whatever test.machine machine-1 has made)", ...works.boxes.made.keys()]),
    );
  });

  it("leaves one of the things that a maker made and that must stay", async () => {
    const works = new Works();
    works.machine.destroy = async () => undefined;
    const run = await works.run();
    works.machine.destroy = async ({ id }) => void works.machines.delete(id);
    const { record } = await cleanUp(works, "box-1", run);
    expect([...works.boxes.made.keys()]).toEqual(["box-1"]);
    expect(record.finished?.leftovers.map(({ id }) => id)).toEqual(["box-1"]);
  });

  it("lists what a maker made whose kind it does not know", async () => {
    const works = new Works();
    works.machine.destroy = async () => undefined;
    const run = await works.run();
    const earlier = await readJournal(join(run.folder, "journal.jsonl"));
    const options = { ...works.options, otherKinds: [works.crate] };
    const deps = dependencies({ folder: run.folder, events: [], boxes: works.boxes }, options);
    const { record } = await cleanUpRun(works.drill, deps, { earlier, spare: () => undefined });
    expect(works.boxes.destroyed).toEqual([]);
    expect(record.ledger.find(({ standsFor }) => standsFor)).toMatchObject({
      state: "leaked",
      reason: expect.stringContaining("nothing knows what a test.machine makes"),
    });
  });
});

describe("what a run keeps", () => {
  const fails = stepKind("box.fail", async (context) => {
    // The machine makes while the run goes on.
    await context.clock.sleep(1_000);
    throw new Failure({ code: "no-luck", message: "no luck", fixer: "operator" });
  });

  it("has the makers and all that they made, each by its id, with the run's tag and its expiry where AWS takes it", async () => {
    const works = new Works();
    const tagged: string[] = [];
    works.box.tag = async ({ id }, tags) => void tagged.push(`${id} ${Object.keys(tags).join()}`);
    const phases = { prepare: [step("set-up", "crate.set-up"), step("f", "box.fail")] };
    Object.assign(works, { drill: drillOf(phases, { onFailure: "keep" }) });
    const { record } = await works.run({ kinds: [works.setUp, fails] });
    const kept = record.ledger.filter(({ state }) => state === "kept");
    expect(kept.map(({ id, standsFor }) => id ?? standsFor)).toEqual([
      "crate-1",
      "whatever test.machine machine-1 has made",
      ...works.boxes.made.keys(),
    ]);
    expect(works.boxes.made.size).toBeGreaterThan(0);
    expect(tagged).toEqual(
      [...works.boxes.made.keys()]
        .flatMap((id) => [`${id} gameday:run`])
        .concat([...works.boxes.made.keys()].map((id) => `${id} gameday:expires`)),
    );
    expect(works.boxes.destroyed).toEqual([]);
  });
});
