import { checkDrill } from "../../src/drill/check-drill.ts";
import { stepKindsFor } from "../../src/steps/of-systems.ts";

/** Checks a drill file as `gameday validate` does; how many steps it has. Throws when anything is wrong with it. */
export async function check(bytes) {
  const { parts, diagnostics } = await checkDrill("drill.yaml", bytes, stepKindsFor);
  if (!parts) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return Object.values(parts.found).flatMap((entries) => entries.flatMap(({ steps }) => steps)).length;
}
