import type { RunRecord } from "../../engine/record.ts";
import type { EvidenceClass } from "./statements.ts";

/** What emulators call their account when nobody names one. */
const EMULATED_ACCOUNT = "000000000000";

/** Weighed by what was observed: where the calls went, and who answered. */
export function evidenceClassOf(record: RunRecord): EvidenceClass {
  return evidenceClass(record.run.mode, record.identity?.account);
}

export function evidenceClass(mode: "live" | "rehearsal", account: string | undefined): EvidenceClass {
  return mode === "live" && account !== EMULATED_ACCOUNT ? "live" : "emulated";
}
