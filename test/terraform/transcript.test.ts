import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { describeDiagnostics } from "../../src/terraform/diagnostics.ts";
import { readState } from "../../src/terraform/state.ts";
import { Transcript } from "../../src/terraform/transcript.ts";

const TYPES = ["version", "change_summary", "outputs", "diagnostic", "apply_start", "apply_complete", "planned_change"];

test("no line whatever stops the reading", () => {
  const event = fc.record({
    type: fc.constantFrom(...TYPES),
    hook: fc.jsonValue(),
    outputs: fc.jsonValue(),
    diagnostic: fc.jsonValue(),
  });
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    event.map((data) => JSON.stringify(data)),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const transcript = new Transcript();
      for (const each of lines) transcript.line(each);
      describeDiagnostics(transcript.diagnostics);
    }),
  );
});

test("what is shown of diagnostics has no control characters, and an end", () => {
  const text = fc.string({ unit: "binary", maxLength: 50 });
  const diagnostic = fc.record({
    severity: fc.constantFrom("error", "warning"),
    summary: text,
    detail: text,
    address: text,
  });
  fc.assert(
    fc.property(fc.array(diagnostic, { maxLength: 30 }), (diagnostics) => {
      const lines = describeDiagnostics(diagnostics);
      // oxlint-disable-next-line no-control-regex
      expect(lines.join("")).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      const headings = lines.filter((line) => /^(Error|Warning): /.test(line));
      expect(headings.length).toBeLessThanOrEqual(10);
    }),
  );
});

test("outputs are those of the end, times those of Terraform, progress the share of what was planned", () => {
  const said: [string, number | undefined][] = [];
  const transcript = new Transcript((message, fraction) => said.push([message, fraction]));
  const hook = (type: string, addr: string, at: string, action = "create") => ({
    type,
    "@message": `${addr} ${type}`,
    "@timestamp": `2026-11-22T17:00:${at}Z`,
    hook: { resource: { addr }, action },
  });
  const events = [
    { type: "version", ui: "1.2" },
    { type: "change_summary", "@message": "Plan: 2", changes: { add: 2, change: 0, remove: 0, operation: "plan" } },
    { type: "outputs", outputs: { id: { sensitive: false, action: "create" } } },
    hook("apply_start", "data.d", "00.050", "read"),
    hook("apply_complete", "data.d", "00.090", "read"),
    hook("apply_start", "a", "00.100"),
    hook("apply_start", "b", "00.100"),
    hook("apply_complete", "a", "01.350"),
    { type: "outputs", outputs: { id: { sensitive: false, value: "vol-1" } } },
  ];
  for (const event of events) transcript.line(JSON.stringify(event));
  expect(transcript.outputs).toEqual({ id: { sensitive: false, value: "vol-1" } });
  expect([...transcript.durations]).toEqual([
    ["data.d", 40],
    ["a", 1250],
  ]);
  expect([...transcript.inFlight.keys()]).toEqual(["b"]);
  expect(said.at(-1)).toEqual(["a apply_complete", 0.5]);
  expect(transcript.finished).toBe(false);
});

test.each([
  [undefined, { is: "absent" }],
  ["", { is: "empty" }],
  ["\n", { is: "empty" }],
  ["{", { is: "unreadable" }],
  ['{"version":3}', { is: "unreadable" }],
  ['{"version":4,"serial":7}', { is: "readable", resources: 0, serial: 7 }],
  [
    '{"version":4,"serial":2,"resources":[{"mode":"data","instances":[{}]},{"mode":"managed","instances":[{},{}]}]}',
    { is: "readable", resources: 2, serial: 2 },
  ],
])("the state file %j", async (text, expected) => {
  const folder = await mkdtemp(join(tmpdir(), "gameday-state-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (text !== undefined) await writeFile(join(folder, "terraform.tfstate"), text);
  expect(await readState(folder)).toEqual(expected);
});
