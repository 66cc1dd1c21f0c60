import type { AnyStepKind } from "../define-step.ts";
import { attachVolume } from "./attach-volume.ts";
import { copySnapshot } from "./copy-snapshot.ts";
import { createSnapshot } from "./create-snapshot.ts";
import { hashSnapshot } from "./hash-snapshot.ts";
import { restoreVolume } from "./restore-volume.ts";
import { verifyBlocks } from "./verify-blocks.ts";
import { verifyChecksum } from "./verify-checksum.ts";
import { waitForDrCopy } from "./wait-for-dr-copy.ts";
import { writeMarker } from "./write-marker.ts";

export const EBS_KINDS: readonly AnyStepKind[] = [
  attachVolume,
  copySnapshot,
  createSnapshot,
  hashSnapshot,
  restoreVolume,
  verifyBlocks,
  verifyChecksum,
  waitForDrCopy,
  writeMarker,
];
