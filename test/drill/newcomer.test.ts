import { expect, it } from "vitest";
import { checkDrill } from "../../src/drill/check-drill.ts";
import { FIXTURE_KINDS, VALID_DRILL } from "./fixture-kinds.ts";

const told = async (source: string | Uint8Array) => {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const { diagnostics } = await checkDrill("d.yaml", bytes, FIXTURE_KINDS);
  return diagnostics.map(({ severity, code, hint }) => [severity, code, hint]);
};

it("a misspelt Region is a warning with the nearest one", async () => {
  expect(await told(VALID_DRILL.replace("dr: us-west-2", "dr: us-wset-2"))).toEqual([
    ["warning", "unknown-region", "did you mean us-west-2?"],
  ]);
});

it.each(["forEach: ${{ steps.volumes }}", "if: size(steps.volumes) > 1"])(
  "%s: the list of a forEach step is its all",
  async (line) => {
    const source = VALID_DRILL.replace(/(\n +)(uses: data\.check)/, `$1$2$1${line}`);
    expect(await told(source)).toEqual([["error", expect.any(String), "did you mean steps.volumes.all?"]]);
  },
);

it("a duplicate id is told once", async () => {
  const source = VALID_DRILL.replace("id: policy", "id: copy");
  const codes = (await told(source)).map(([, code]) => code);
  expect(codes.filter((code) => code === "duplicate-id")).toHaveLength(1);
  expect(codes).not.toContain("unknown-output");
});

it.each([100, 100_000])("a binary file of %i bytes is called one", async (length) => {
  expect(await told(new Uint8Array(length).fill(0xff).fill(0, 3, 9))).toEqual([
    ["error", "not-text", "a drill file is YAML, which is plain text"],
  ]);
});
