import { expect, it } from "vitest";
import { World } from "../../src/sandbox/world.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

it("the log of a sandbox that runs for months is bounded, and entries keep their numbers", () => {
  const world = new World({ clock: new VirtualClock({ speed: 0 }), folder: "/nowhere" });
  const count = 500_000;
  for (let index = 0; index < count; index++) {
    world.record({ at: index, what: "call", region: "us-east-1", id: `call-${index}`, state: "200" });
  }
  expect(world.log.length).toBeLessThanOrEqual(220_000);
  expect(world.entriesSoFar).toBe(count);
  expect(world.entriesFrom(count - 2).map(({ id }) => id)).toEqual([`call-${count - 2}`, `call-${count - 1}`]);
  expect(world.entriesFrom(0)[0]?.id).toBe(world.log[0]?.id);
});
