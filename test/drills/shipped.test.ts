import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { STEP_KINDS } from "../../src/steps/all.ts";

const DRILLS = join(import.meta.dirname, "../../drills");
const names = readdirSync(DRILLS).filter((name) => statSync(join(DRILLS, name)).isDirectory());

describe.each(names)("the drill %s", async (name) => {
  const path = join(DRILLS, name, "drill.yaml");
  const { drill, diagnostics } = await loadDrill(path, readFileSync(path), STEP_KINDS);

  test("is valid, without a warning", () => {
    expect(diagnostics).toEqual([]);
    expect(drill?.name).toBe(name);
  });

  test("names the sandbox's account, and says that it is to be replaced", () => {
    expect(drill?.safety.accounts).toEqual(["111122223333"]);
    expect(readFileSync(path, "utf8")).toContain("# the sandbox's; put yours here");
  });

  test("proves something after the disaster", () => {
    expect(drill?.phases.verify.length).toBeGreaterThan(0);
  });

  test("has a README that names its commands", () => {
    const readme = readFileSync(join(DRILLS, name, "README.md"), "utf8");
    expect(readme).toContain(`gameday rehearse ${name}`);
    expect(readme).toContain("What it proves, and what not");
  });
});
