import { readFile, writeFile } from "node:fs/promises";
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
  makes: { "ec2.instance": 2, "ec2.volume": 4, "dlm.policy": 1, "kms.key": 1 },
};

/** ebs-mass-restore with two hosts and four volumes, written to the folder: steps side by side, of `parallel` and of `forEach`. */
export async function smallMassRestore(folder: string): Promise<Subject> {
  const shipped = await readFile(join(ROOT, "drills/ebs-mass-restore/drill.yaml"), "utf8");
  const small = shipped
    .replace(/forEach: \[0, 1, [^\]]*\]/, "forEach: [0, 1]")
    .replace(/forEach:\s+\[\s+0, 1, [^\]]*\]/, "forEach: [0, 1, 2, 3]")
    .replace("% 20", "% 2");
  const drill = join(folder, "small-mass-restore.yaml");
  await writeFile(drill, small);
  // The existing instance with its two volumes; two hosts with a root volume each, four restored volumes; the snapshot and its copy.
  return { name: "ebs-mass-restore, small", drill, makes: { "ec2.instance": 3, "ec2.volume": 8, "ec2.snapshot": 2 } };
}
