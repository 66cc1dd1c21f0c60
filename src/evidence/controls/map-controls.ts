import type { RunRecord } from "../../engine/record.ts";
import { holds } from "./evaluate.ts";
import { factsOf, type ReviewFacts, type RunFacts } from "./facts.ts";
import type { Control, Framework, Strength } from "./framework.ts";

/** What a run is evidence for. Evidence, never more: who assesses decides. */
export interface ControlMapping {
  readonly disclaimer: string;
  readonly run: string;
  /** What the preconditions were weighed on. */
  readonly facts: RunFacts;
  /** Those that the drill file names first. */
  readonly controls: readonly MappedControl[];
  /** Names in the drill file that no mapping knows. */
  readonly unknown: readonly string[];
}

export interface MappedControl {
  readonly framework: string;
  readonly title: string;
  readonly version: string;
  readonly id: string;
  readonly meaning: string;
  readonly artefact: string;
  readonly strength: Strength;
  /** The drill file names it. */
  readonly named: boolean;
  readonly state: "evidenced" | "not evidenced" | "not claimed";
  /** Whether what was shown is what the control asks for; absent where the evidence does not decide it. */
  readonly met?: boolean;
  /** Why it is not evidenced or not claimed. */
  readonly reason?: string;
  readonly oscal?: { readonly control: string; readonly objective: string };
}

export const DISCLAIMER =
  "Evidence for controls, weighed by their preconditions; it is no assessment and no certificate. An assessor decides what it is worth.";

const REHEARSED = "it was a rehearsal on a simulated AWS: it shows the drill, not the recovery";

export function mapControls(frameworks: readonly Framework[], record: RunRecord, review?: ReviewFacts): ControlMapping {
  const facts = factsOf(record, review);
  const wanted = new Set(record.run.controls);
  const rows = frameworks.flatMap((framework) =>
    framework.controls.map((control) => mapControl(framework, control, { facts, wanted })),
  );
  const known = new Set(rows.map(({ framework, id }) => `${framework}/${id}`));
  return {
    disclaimer: DISCLAIMER,
    run: record.run.runId,
    facts,
    controls: [...rows.filter(({ named }) => named), ...rows.filter(({ named }) => !named)],
    unknown: record.run.controls.filter((name) => !known.has(name)),
  };
}

interface Weighing {
  readonly facts: RunFacts;
  readonly wanted: ReadonlySet<string>;
}

function mapControl(
  { framework, title, version }: Framework,
  control: Control,
  { facts, wanted }: Weighing,
): MappedControl {
  const { id, meaning, artefact, strength, oscal, meets } = control;
  const weighed = weigh(control, facts);
  return {
    framework,
    title,
    version,
    id,
    meaning,
    artefact,
    strength,
    named: wanted.has(`${framework}/${id}`),
    ...weighed,
    ...(weighed.state === "evidenced" && meets !== undefined ? { met: holds(meets, facts) } : {}),
    ...(oscal ? { oscal } : {}),
  };
}

/** The first requirement that is not met is the reason. A rehearsal is evidence of nothing live, whatever a row says. */
function weigh({ requires = [], strength }: Control, facts: RunFacts): Pick<MappedControl, "state" | "reason"> {
  const unmet = requires.find(({ when }) => !holds(when, facts));
  if (strength === "X")
    return { state: "not claimed", reason: unmet?.reason ?? "a drill of this kind does not show it" };
  if (facts.run.evidenceClass !== "live") return { state: "not evidenced", reason: REHEARSED };
  return unmet ? { state: "not evidenced", reason: unmet.reason } : { state: "evidenced" };
}

/** How a row reads: `evidence for CP-10, …`. */
export function mappedState({ state, reason, met }: MappedControl): string {
  if (state === "evidenced") return met === false ? "evidence that it is not met" : "evidence for";
  return `${state === "not claimed" ? "not claimed" : "not evidenced by this run"}: ${reason ?? ""}`;
}
