import { expect, it } from "vitest";
import { withOwners } from "../../src/evidence/result/corrective-actions.ts";
import type { Deviation } from "../../src/evidence/result/schema-parts.ts";

const endedAt = "2026-11-20T10:00:00.000Z";
const deviation: Deviation = {
  id: "D-1",
  severity: "critical",
  code: "objective-missed",
  description: "RTO missed",
  action: "look",
  status: "open",
};

it("nobody owns what nobody was named for", () => {
  expect(withOwners([deviation], { plan: {}, endedAt })).toEqual([deviation]);
});

it("the plan's owner has it, and the days the plan gives", () => {
  const plan = { actionOwner: "Pat", actionsWithin: "30d" };
  const info: Deviation = { ...deviation, severity: "info" };
  expect(withOwners([deviation, info], { plan, endedAt })).toEqual([
    { ...deviation, owner: "Pat", due: "2026-12-20" },
    info,
  ]);
});

it("a review names another, or takes the risk; of another deviation by that number it says nothing", () => {
  const agreed = { deviation: "D-1", code: "objective-missed", owner: "Ada", due: "2026-12-01", action: "retest" };
  const plan = { actionOwner: "Pat" };
  expect(withOwners([deviation], { plan, endedAt, actions: [agreed] })[0]).toMatchObject({
    owner: "Ada",
    due: "2026-12-01",
    action: "retest",
    status: "action agreed",
  });
  const risk = { deviation: "D-1", code: "objective-missed", reason: "once a year is enough" };
  expect(withOwners([deviation], { plan, endedAt, acceptedRisks: [risk] })[0]).toMatchObject({
    action: "once a year is enough",
    status: "risk accepted",
  });
  const other = { ...agreed, code: "may-remain" };
  expect(withOwners([deviation], { plan: {}, endedAt, actions: [other] })).toEqual([deviation]);
});
