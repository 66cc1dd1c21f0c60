import { PHASES, stepsOf, type Drill } from "../../drill/drill.ts";
import { REGION_PATTERN } from "../../regions/region-name.ts";

/** The Regions that steps name in their inputs instead of the drill's two; `*` where an expression chooses. */
export function namedRegions({ phases, regions }: Drill): readonly string[] {
  const inputs = PHASES.flatMap((phase) => stepsOf(phases[phase]).map((step) => step.with));
  const told = inputs.flatMap((input) =>
    Object.entries(input).flatMap(([name, value]) =>
      /region$/iu.test(name) && typeof value === "string" ? [value.replace(/\s/gu, "")] : [],
    ),
  );
  const known: Readonly<Record<string, string>> = {
    "${{regions.primary}}": regions.primary,
    "${{regions.dr}}": regions.dr,
  };
  const names = told.map((value) => known[value] ?? (REGION_PATTERN.test(value) ? value : "*"));
  return names.includes("*") ? ["*"] : [...new Set(names)];
}
