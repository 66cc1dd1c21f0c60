import type { ResourceKind } from "../../src/engine/resource-kind.ts";
import type { Tags } from "../../src/engine/tags.ts";
import { Boxes, boxKind, drillOf, runTest, step, stepKind, type TestOptions } from "./harness.ts";

export const OWN = { "gameday:run": "01TEST" };

/** A machine in the world of boxes makes one at each look, as long as it is there. It stands in a crate. */
export class Works {
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

  readonly drill = drillOf({ prepare: [step("set-up", "crate.set-up")] });

  get options(): TestOptions {
    const { boxes, box, crate, machine, setUp } = this;
    return { boxes, boxKind: box, otherKinds: [crate, machine], kinds: [setUp] };
  }

  run(more: TestOptions = {}) {
    return runTest(this.drill, { ...this.options, ...more });
  }
}
