import type { Result } from "../../evidence/result/result.ts";

/** Where a run took place that is no evidence of a recovery on AWS, and whose times it has. Empty for a run on AWS. */
export function simulatedWords({ evidenceClass, run }: Result): string {
  if (evidenceClass === "live") return "";
  const { mode, endpoint, notLive } = run;
  const no = "nothing in this report is evidence of a live recovery.";
  if (endpoint !== undefined)
    return `This was a run at ${endpoint}, which is not AWS. Its times are those of this machine's clock, and ${no}`;
  if (mode === "rehearsal")
    return `This was a rehearsal on gameday's sandbox. Nothing of it happened on AWS, its times are those of the sandbox's clock and of this machine's own work (hashing, Terraform, requests), which a busy machine makes longer, and ${no}`;
  return `Nothing shows that this run took place on AWS: ${notLive ?? "its record does not say"}. So ${no}`;
}

/** The same in the few words of a table. */
export function kindOfRun({ evidenceClass, run }: Result): string {
  if (evidenceClass === "live") return "live";
  if (run.endpoint !== undefined) return `at ${run.endpoint}, SIMULATED`;
  return run.mode === "rehearsal"
    ? "rehearsal on the sandbox, SIMULATED"
    : `not shown to be live: ${run.notLive ?? ""}`;
}
