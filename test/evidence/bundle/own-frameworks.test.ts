import { describe, expect, it } from "vitest";
import { projectControls, readFrameworks } from "../../../src/evidence/bundle/own-frameworks.ts";
import type { Framework } from "../../../src/evidence/controls/framework.ts";

const control = { id: "C-1", meaning: "Recovery is tested", artefact: "report.md", strength: "S" } as const;
const framework = (over: object = {}) =>
  ({ framework: "f", title: "F", version: "1", controls: [control], ...over }) as Framework;

describe("the control mappings in a bundle", () => {
  it("are read as gameday writes them", () => {
    expect(readFrameworks(JSON.stringify([framework()]))).toMatchObject([
      { framework: "f", controls: [{ id: "C-1" }] },
    ]);
  });

  it.each<[string, string]>([
    ["no JSON", "no JSON"],
    ["an object", "{}"],
    ["a framework without controls", JSON.stringify([framework({ controls: undefined })])],
  ])("are refused with words where they are %s", (_name, text) => {
    expect(() => readFrameworks(text)).toThrow(/^controls\/frameworks\.json: ✖ /);
  });

  it("have expressions that can be weighed", () => {
    const broken = framework({ controls: [{ ...control, requires: [{ when: "run..passed", reason: "r" }] }] });
    expect(() => readFrameworks(JSON.stringify([broken]))).toThrow(/^controls\/frameworks\.json: .*run\.\.passed/);
  });

  it("are ten thousand at most", () => {
    const many = (count: number) =>
      JSON.stringify([framework({ controls: Array.from({ length: count }, () => control) })]);
    expect(readFrameworks(many(10_000))[0]?.controls).toHaveLength(10_000);
    expect(() => readFrameworks(many(10_001))).toThrow("controls/frameworks.json: it has 10001 controls");
  });
});

describe("the controls of a project", () => {
  it("are those it has added, and those it has mapped otherwise: title, version, meaning", () => {
    const shipped = [framework(), framework({ framework: "g" })];
    expect(projectControls(shipped, shipped)).toEqual([]);
    expect(projectControls([...shipped, framework({ framework: "own" })], shipped)).toEqual(["own/C-1"]);
    const [first, second] = shipped as [Framework, Framework];
    expect(projectControls([framework({ title: "G" }), second], shipped)).toEqual(["f/C-1"]);
    expect(projectControls([first, framework({ framework: "g", version: "2" })], shipped)).toEqual(["g/C-1"]);
    const lax = framework({
      controls: [
        { ...control, meaning: "Anything" },
        { ...control, id: "C-2" },
      ],
    });
    expect(projectControls([lax, second], shipped)).toEqual(["f/C-1", "f/C-2"]);
  });

  it("leave out none that gameday maps", () => {
    const shipped = [framework({ controls: [control, { ...control, id: "C-2" }] })];
    expect(() => projectControls([framework()], shipped)).toThrow(
      "controls/frameworks.json: f/C-2 is missing, which gameday maps",
    );
  });
});
