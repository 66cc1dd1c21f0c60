import { waitForAlarm } from "./cloudwatch/wait-for-alarm.ts";
import { commandRun } from "./command/run.ts";
import type { AnyStepKind } from "./define-step.ts";
import { attachVolume } from "./ebs/attach-volume.ts";
import { copySnapshot } from "./ebs/copy-snapshot.ts";
import { createSnapshot } from "./ebs/create-snapshot.ts";
import { restoreVolume } from "./ebs/restore-volume.ts";
import { verifyBlocks } from "./ebs/verify-blocks.ts";
import { verifyChecksum } from "./ebs/verify-checksum.ts";
import { waitForDrCopy } from "./ebs/wait-for-dr-copy.ts";
import { writeMarker } from "./ebs/write-marker.ts";
import { launchHost } from "./ec2/launch-host.ts";
import { humanConfirm } from "./human/confirm.ts";
import { terraformApply } from "./terraform/apply.ts";

const KINDS: readonly AnyStepKind[] = [
  attachVolume,
  commandRun,
  copySnapshot,
  createSnapshot,
  humanConfirm,
  launchHost,
  restoreVolume,
  terraformApply,
  verifyBlocks,
  verifyChecksum,
  waitForAlarm,
  waitForDrCopy,
  writeMarker,
  // One line for each further kind.
];

/** Everything a drill can `use`, by name. */
export const STEP_KINDS: ReadonlyMap<string, AnyStepKind> = byName(KINDS);

function byName(kinds: readonly AnyStepKind[]): ReadonlyMap<string, AnyStepKind> {
  const map = new Map<string, AnyStepKind>();
  for (const kind of kinds) {
    if (map.has(kind.uses)) throw new Error(`two step kinds are called ${kind.uses}`);
    map.set(kind.uses, kind);
  }
  return map;
}
