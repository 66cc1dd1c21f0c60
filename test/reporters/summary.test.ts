import { describe, expect, it } from "vitest";
import { renderSummary } from "../../src/reporters/summary.ts";
import { hostileRun, STEERING } from "../evidence/hostile.ts";
import { recordOf, type Timed } from "../evidence/journaled.ts";
import { manySteps } from "../evidence/many-steps.ts";
import { abortedWithLeftovers, cutOffRun, failedVerification, passedRehearsal, refusedRun } from "../evidence/runs.ts";

function summaryOf(events: readonly Timed[]): string {
  return renderSummary(recordOf(events), { cwd: "/home/pat", reportPath: "/home/pat/.gameday/runs/01J/report.md" });
}

describe("summary", () => {
  it("of a passed rehearsal", () => {
    expect(summaryOf(passedRehearsal())).toMatchInlineSnapshot(`
      "PASS (simulated) · RTA 6m 12s of RTO 1h · RPA 44m 55s of RPO 26h · 14 MiB of restored data verified
      report: .gameday/runs/01J/report.md
      "
    `);
  });

  it("of a failed verification", () => {
    expect(summaryOf(failedVerification())).toMatchInlineSnapshot(`
      "FAIL: verification failed
      verify step checksum: 2 of 214 files differ from the manifest taken before the backup [data-differs]
        data/ledger.db: sha256 differs
        data/marker.json: missing
      next (operator): treat this recovery point as unusable until the difference is explained
      report: .gameday/runs/01J/report.md
      "
    `);
  });

  it("of a refused run", () => {
    expect(summaryOf(refusedRun())).toMatchInlineSnapshot(`
      "ABORTED: refused
      the credentials are of account 999988887777, and the drill allows 111122223333 only [wrong-account]
      next (operator): use credentials of account 111122223333, then run again
      report: .gameday/runs/01J/report.md
      "
    `);
  });

  it("of an aborted run with leftovers", () => {
    expect(summaryOf(abortedWithLeftovers())).toMatchInlineSnapshot(`
      "ABORTED · 1 resource may remain
      the run was stopped by SIGINT, in recover
      may remain, look at each and delete it by hand:
        ec2.volume vol-0feedface00000001 in us-west-2: ec2:DeleteVolume was denied (UnauthorizedOperation)
      report: .gameday/runs/01J/report.md
      "
    `);
  });

  it("of a run that was cut off", () => {
    expect(summaryOf(cutOffRun())).toMatchInlineSnapshot(`
      "ABORTED (simulated) · 2 resources may remain
      the run was cut off: its journal has no end
      may remain, look at each and delete it by hand:
        ec2.snapshot snap-0d0d0d0d000000002 in us-west-2
        ec2.volume vol-0feedface00000001 in us-west-2
      report: .gameday/runs/01J/report.md
      "
    `);
  });

  it("of a missed objective", () => {
    const late = passedRehearsal().flatMap((event): readonly Timed[] => {
      if (event.type === "run-started") return [{ ...event, objectives: { rtoMs: 300_000 } }];
      return event.type === "run-finished" ? [] : [event];
    });
    expect(summaryOf(late)).toMatchInlineSnapshot(`
      "FAIL: objective missed (simulated) · RTA 6m 12s of RTO 5m MISSED · RPA 44m 55s · 14 MiB of restored data verified
      RTO of 5m missed: measured 6m 12s
      report: .gameday/runs/01J/report.md
      "
    `);
  });

  it("names a report outside of the working folder in full", () => {
    const summary = renderSummary(recordOf(passedRehearsal()), { cwd: "/home/pat", reportPath: "/srv/report.md" });
    expect(summary).toContain("report: /srv/report.md\n");
  });

  it("stays a few lines when very many steps have failed", () => {
    const events = manySteps(10_000);
    expect(summaryOf(events).split("\n").length).toBeLessThan(20);
    expect(summaryOf(events)).toContain("… and 5 further failures, see the report");
  });

  it("writes nothing to a terminal that could steer it", () => {
    expect(summaryOf(hostileRun())).not.toMatch(STEERING);
  });
});
