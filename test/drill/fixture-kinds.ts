import * as z from "zod";
import type { StepKindSchema } from "../../src/drill/step-kind-schema.ts";

/** Step kinds of the tests: one for each shape of input and output that the drill file has to deal with. */
const KINDS: readonly StepKindSchema[] = [
  {
    uses: "stack.apply",
    does: "Applies a stack",
    input: z.strictObject({ directory: z.string(), variables: z.record(z.string(), z.string()).optional() }),
    output: z.object({ outputs: z.record(z.string(), z.unknown()), changed: z.boolean() }),
  },
  {
    uses: "ebs.copy-snapshot",
    does: "Copies a snapshot",
    input: z.strictObject({
      snapshotId: z.string().regex(/^snap-[0-9a-f]+$/, "not a snapshot id"),
      encrypted: z.boolean().default(true),
    }),
    output: z.object({
      snapshotId: z.string(),
      sizeGiB: z.number(),
      progress: z.number().optional(),
      tags: z.array(z.object({ key: z.string(), value: z.string() })),
      detail: z.object({ state: z.enum(["pending", "completed"]), message: z.string().nullable() }),
    }),
    phases: ["prepare", "recover"],
  },
  {
    uses: "ebs.restore-volume",
    does: "Restores a volume",
    input: z.strictObject({
      snapshotId: z.string(),
      availabilityZone: z.string(),
      type: z.enum(["gp3", "io2", "st1"]).default("gp3"),
      sizeGiB: z.int().min(1).optional(),
      zones: z.array(z.string()).optional(),
    }),
    output: z.object({ volumeId: z.string() }),
  },
  {
    uses: "data.check",
    does: "Checks data",
    input: z.strictObject({ volumeId: z.string(), expect: z.union([z.string(), z.array(z.string())]).optional() }),
    output: z.object({}),
  },
];

export const FIXTURE_KINDS: ReadonlyMap<string, StepKindSchema> = new Map(KINDS.map((kind) => [kind.uses, kind]));

/** A drill in which nothing is wrong, with every feature of the file. */
export const VALID_DRILL = `apiVersion: gameday/v1
name: ebs-cross-region
description: A volume can be recovered in us-west-2.
objectives: { rto: 1h, rpo: 26h }
regions: { primary: us-east-1, dr: us-west-2 }
safety:
  accounts: ["111122223333"]
  maxDuration: 30h
controls: ["nist-800-53r5/CP-9(1)", "soc2/A1.3"]
prepare:
  - id: policy
    uses: stack.apply
    with: { directory: terraform }
  - id: copy
    uses: ebs.copy-snapshot
    with: { snapshotId: "\${{ steps.policy.outputs.snapshot_id }}" }
    timeout: 27h
    retry: { attempts: 3, delay: 1m }
recover:
  - id: volumes
    uses: ebs.restore-volume
    forEach: [us-west-2a, us-west-2b]
    concurrency: 2
    with: { snapshotId: "\${{ steps.copy.snapshotId }}", availabilityZone: "\${{ each.value }}" }
    target: 5m
  - parallel:
      - id: bigger
        name: A larger volume
        uses: ebs.restore-volume
        if: steps.copy.sizeGiB < 100
        with:
          snapshotId: \${{ steps.copy.snapshotId }}
          availabilityZone: \${{ regions.dr }}a
          sizeGiB: \${{ steps.copy.sizeGiB + 1 }}
      - { id: second, uses: ebs.restore-volume, with: { snapshotId: snap-1, availabilityZone: us-west-2a } }
verify:
  - id: check
    uses: data.check
    with:
      volumeId: \${{ steps.volumes.all[0].volumeId }}
      expect: \${{ steps.copy.tags.map(tag, tag.key) }}
`;
