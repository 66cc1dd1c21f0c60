import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { schema, schemaText } from "../../src/cli/commands/schema.ts";
import { shippedLibrary } from "../../src/cli/drills/library.ts";
import { capturedIo } from "./captured-io.ts";
import { FIXTURE_LIBRARY } from "./fixture-library.ts";

const FILE = join(import.meta.dirname, "../../schema/drill.schema.json");

describe("gameday schema", () => {
  it("prints what stands in schema/drill.schema.json (if not: npm run build && node dist/gameday.js schema > schema/drill.schema.json)", async () => {
    await using io = await capturedIo();
    expect(await schema({}, io)).toBe(0);
    expect(io.out() === (await readFile(FILE, "utf8"))).toBe(true);
  });

  it("knows every step kind that gameday ships", async () => {
    const { stepKinds } = await shippedLibrary();
    const { definitions } = JSON.parse(schemaText(stepKinds));
    const offered = definitions.step.properties.uses.anyOf.map((kind: { const: string }) => kind.const);
    expect(offered).toEqual([...stepKinds.keys()].toSorted());
    for (const uses of offered)
      expect(definitions[`with-${uses}`]).toMatchObject({ type: "object", additionalProperties: false });
  });

  it("refers only to definitions that exist", async () => {
    const { stepKinds } = await shippedLibrary();
    const text = schemaText(stepKinds);
    const { definitions } = JSON.parse(text);
    const refs = [...text.matchAll(/"\$ref": "#\/definitions\/([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(refs.filter((name) => !(name in definitions))).toEqual([]);
    expect(refs.length).toBeGreaterThan(10);
  });

  it("lets an expression stand for every value of an input, and asks for with where it is needed", () => {
    const { definitions } = JSON.parse(schemaText(FIXTURE_LIBRARY.stepKinds));
    const input = definitions["with-ebs.restore-volume"].properties;
    const expression = { $ref: "#/definitions/expression" };
    expect(input.snapshotId).toEqual({ type: "string" });
    expect(input.type).toEqual({
      default: "gp3",
      anyOf: [{ type: "string", enum: ["gp3", "io2", "st1"] }, expression],
    });
    expect(input.sizeGiB.anyOf).toContainEqual(expression);
    expect(input.zones).toEqual({ anyOf: [{ type: "array", items: { type: "string" } }, expression] });
    const rule = definitions.step.allOf.find(
      (each: { if: { properties: { uses: { const: string } } } }) => each.if.properties.uses.const === "stack.apply",
    );
    expect(rule.then).toEqual({ properties: { with: { $ref: "#/definitions/with-stack.apply" } }, required: ["with"] });
  });
});
