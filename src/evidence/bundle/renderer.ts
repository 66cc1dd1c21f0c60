import type { JournalTail } from "../../engine/journal.ts";
import type { RunRecord } from "../../engine/record.ts";
import type { Framework } from "../controls/framework.ts";
import type { ResultExtras } from "../result/result.ts";
import type { PublicKeyInfo } from "../signing/signer.ts";
import type { DeclaredIntent } from "../vouching.ts";
import type { BundleFile } from "./bundle-file.ts";

/** All that the reports and control mappings of a bundle are made of. */
export interface RenderSource {
  readonly record: RunRecord;
  readonly journal: JournalTail;
  /** What the bundle is signed with, or going to be. */
  readonly key: PublicKeyInfo;
  readonly intent: DeclaredIntent | undefined;
  /** The control mappings; they are in the bundle themselves. */
  readonly frameworks: readonly Framework[];
  /** Other runs of the drill, of which the journal knows nothing. */
  readonly earlier: EarlierRuns;
}

export type EarlierRuns = Pick<ResultExtras, "history" | "standing">;

/** What one version of gameday makes of a run, for who writes a bundle and who verifies one. The same source gives the same bytes. */
export interface Renderer {
  readonly version: string;
  render(source: RenderSource): Promise<readonly BundleFile[]>;
  /** The control mappings that this version ships. */
  shippedFrameworks(): Promise<readonly Framework[]>;
}
