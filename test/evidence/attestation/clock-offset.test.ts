import { describe, expect, it } from "vitest";
import { testLists } from "../../../src/evidence/attestation/tests.ts";
import { resultOf } from "../../../src/evidence/result/result.ts";
import { judge } from "../../../src/evidence/verdict.ts";
import { started } from "../events.ts";
import { recordOf, type Timed } from "../journaled.ts";
import { passedRehearsal } from "../runs.ts";

function live(change: (event: Timed) => Timed = (event) => event) {
  return recordOf(
    passedRehearsal().map((event) => (event.type === "run-started" ? started({ mode: "live" }) : change(event))),
  );
}

function withOffsets(clockOffsetMs: Readonly<Record<string, number>>) {
  return live((event) => (event.type === "identity-confirmed" ? { ...event, clockOffsetMs } : event));
}

describe("a clock that is further from AWS's than the margin", () => {
  it.each([
    ["ahead", { "us-east-1": 120, "us-west-2": 372_000 }, "us-west-2"],
    ["behind", { "us-east-1": -372_000, "us-west-2": 0 }, "us-east-1"],
  ])("%s: the RPO is warned of alike in verdict, result and statement", (_name, offsets, region) => {
    const record = withOffsets(offsets);
    const warning = `the machine's clock and AWS's were 6m 12s apart in ${region}: the RPA is off by as much`;
    expect(judge(record)).toMatchObject({ outcome: "passed", warnings: [warning] });
    expect(resultOf(record).verdict).toMatchObject({ word: "PASS WITH DEVIATIONS", warnings: [warning] });
    expect(testLists(record)).toMatchObject({ result: "WARNED", warnedTests: ["rpo"], failedTests: [] });
  });

  it("within the margin it is nothing", () => {
    const record = withOffsets({ "us-east-1": -4_999, "us-west-2": 4_999 });
    expect(judge(record).warnings).toEqual([]);
    expect(testLists(record)).toMatchObject({ result: "PASSED", warnedTests: [] });
  });

  it("that an earlier process of the run found, it stays", () => {
    const record = recordOf([
      ...passedRehearsal().map((event) => (event.type === "run-started" ? started({ mode: "live" }) : event)),
      {
        t: 4_000,
        type: "finding",
        code: "clock-offset",
        severity: "warning",
        message: "This machine's clock and AWS's …",
      },
    ]);
    expect(testLists(record)).toMatchObject({ result: "WARNED", warnedTests: ["rpo"] });
  });
});

it("a run with any deviation is attested WARNED, whatever its tests are", () => {
  const record = recordOf([
    ...passedRehearsal().map((event) => (event.type === "run-started" ? started({ mode: "live" }) : event)),
    {
      t: 4_000,
      type: "finding",
      code: "snapshot-is-large",
      severity: "warning",
      message: "what somebody must look at",
    },
  ]);
  expect(testLists(record)).toMatchObject({ result: "WARNED", warnedTests: [], failedTests: [] });
});
