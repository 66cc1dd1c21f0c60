import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { BundleFile } from "../../evidence/bundle/bundle-file.ts";
import { loadControls } from "../../evidence/controls/load-controls.ts";
import type { PublicKeyInfo } from "../../evidence/signing/signer.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { bundleRenderer } from "./bundle-renderer.ts";
import { controlsFolders } from "./controls-folders.ts";
import { earlierRuns } from "./result-extras.ts";
import { intentOf } from "./vouching-of-run.ts";

export interface ContentsOf {
  readonly cwd: string;
  readonly run: RunFolder;
  readonly record: RunRecord;
  readonly journal: JournalTail;
  /** What the bundle is going to be signed with. */
  readonly key: PublicKeyInfo;
}

/** Everything in a bundle that is rendered from the record and from what lies beside the run: other runs, control mappings. */
export async function renderedFiles({ cwd, run, record, journal, key }: ContentsOf): Promise<readonly BundleFile[]> {
  const intent = await intentOf(run);
  return bundleRenderer.render({
    record,
    journal,
    key,
    intent: intent?.digest === record.identity?.intent ? intent : undefined,
    frameworks: await loadControls(await controlsFolders(cwd)),
    earlier: await earlierRuns(cwd, record),
  });
}
