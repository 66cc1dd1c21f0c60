import { describe, expect, it } from "vitest";
import { STEP_KINDS } from "../../src/steps/all.ts";
import { stepKindsFor } from "../../src/steps/of-systems.ts";

describe("step kinds by system", () => {
  it.each([...STEP_KINDS.keys()].map((uses) => [uses]))(
    "%s is found by its name, with others of its system only",
    async (uses) => {
      const kinds = await stepKindsFor(new Set([uses]));
      expect(kinds.get(uses)).toBe(STEP_KINDS.get(uses));
      const system = `${uses.split(".")[0]}.`;
      expect([...kinds.keys()].filter((name) => !name.startsWith(system))).toEqual([]);
    },
  );

  it.each(["ebs.restor-volume", "nothing.there", "constructor", ""])(
    "an unknown one, %j, gives all, to name the nearest",
    async (uses) => {
      expect(await stepKindsFor(new Set(["ebs.restore-volume", uses]))).toBe(STEP_KINDS);
    },
  );
});
