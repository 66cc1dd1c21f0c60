import { readPart } from "../../evidence/bundle/read-bundle.ts";
import type { VerifiedBundle } from "../../evidence/bundle/verify-bundle.ts";
import { Wrong } from "../../evidence/bundle/wrong.ts";
import { BUNDLE_REPORTS } from "../../reporters/bundle-reports.ts";
import { renderReport } from "../../reporters/formats.ts";
import { GAMEDAY_VERSION } from "../version.ts";

/**
 * Every report of a bundle is what its result.json renders to; only where this very version of gameday has made them, for words and
 * looks change between versions. Returns whether they were compared. @throws Wrong
 */
export async function verifyReports(folder: string, { report }: VerifiedBundle): Promise<boolean> {
  if (report.renderedBy !== GAMEDAY_VERSION) return false;
  for (const [format, path] of BUNDLE_REPORTS) {
    if ((await readPart(folder, path)) !== (await renderReport(report, format)))
      throw new Wrong(path, "it is not what result.json renders to");
  }
  return true;
}
