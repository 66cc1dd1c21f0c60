import { join } from "node:path";
import { newPolicy } from "../steps/ebs/dlm-rig.ts";
import type { Subject } from "./killable.ts";

const ROOT = join(import.meta.dirname, "../..");

export const SNAPSHOT_COPY: Subject = {
  name: "ebs-snapshot-copy",
  drill: join(ROOT, "drills/ebs-snapshot-copy/drill.yaml"),
  // Two instances with a root volume each, the data volume and its restored copy, the snapshot and its copy.
  makes: { "ec2.instance": 2, "ec2.volume": 4, "ec2.snapshot": 2 },
};

/** The steps of ebs-cross-region that need no Terraform. */
export const DR_COPY: Subject = {
  name: "ebs-cross-region without Terraform",
  drill: join(import.meta.dirname, "drills/dr-copy/drill.yaml"),
  // The snapshots are the policy's.
  makes: { "ec2.instance": 2, "ec2.volume": 4 },
  prepare: (sandbox) => newPolicy({ sandbox }),
};

export const CROSS_REGION: Subject = {
  name: "ebs-cross-region",
  drill: join(ROOT, "drills/ebs-cross-region/drill.yaml"),
  makes: { "ec2.instance": 2, "ec2.volume": 4, "dlm.policy": 1, "iam.role": 2, "kms.key": 1 },
};
