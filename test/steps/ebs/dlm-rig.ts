import { DLM, type CreateRule, type Schedule } from "@aws-sdk/client-dlm";
import { IAM } from "@aws-sdk/client-iam";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { DR, PRIMARY, type Rehearsal } from "../rehearsal.ts";

export interface PolicyOptions {
  /** Actions the policy's role may not do. */
  readonly without?: readonly string[];
  readonly targetTag?: { readonly key: string; readonly value: string };
  readonly copyTags?: boolean;
  readonly time?: string;
  readonly kmsKeyId?: string;
  readonly state?: "ENABLED" | "DISABLED";
  readonly copiedTo?: string;
  /** For how long copies are kept; 30 days when absent. */
  readonly keptDays?: number;
  /** When the copied schedule makes snapshots, in place of once a day at `time`. */
  readonly createRule?: CreateRule;
  /** Schedules before the copied one. */
  readonly others?: readonly Schedule[];
}

const NEEDED = [
  "ec2:CreateSnapshot",
  "ec2:CreateTags",
  "ec2:CopySnapshot",
  "ec2:DeleteSnapshot",
  "ec2:DescribeVolumes",
  "ec2:DescribeSnapshots",
  "kms:*",
];

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

let roles = 0;

/** A daily policy with a cross-Region copy rule, and the role it works with. Returns the policy's id. */
export async function newPolicy({ sandbox }: Pick<Rehearsal, "sandbox">, options: PolicyOptions = {}): Promise<string> {
  const dlm = new DLM(clientSettings(sandbox, PRIMARY));
  const { PolicyId } = await dlm.createLifecyclePolicy({
    ExecutionRoleArn: await newRole({ sandbox }, options.without ?? []),
    Description: "daily",
    State: options.state ?? "ENABLED",
    PolicyDetails: {
      ResourceTypes: ["VOLUME"],
      TargetTags: [{ Key: options.targetTag?.key ?? "Snapshot", Value: options.targetTag?.value ?? "true" }],
      Schedules: [
        ...(options.others ?? []),
        {
          Name: "daily",
          CreateRule: options.createRule ?? { Interval: 24, IntervalUnit: "HOURS", Times: [options.time ?? "23:45"] },
          RetainRule: { Count: 14 },
          TagsToAdd: [{ Key: "SnapshotCreator", Value: "DLM" }],
          CrossRegionCopyRules: [
            {
              Target: options.copiedTo ?? DR,
              Encrypted: options.kmsKeyId !== undefined,
              CopyTags: options.copyTags ?? true,
              RetainRule: { Interval: options.keptDays ?? 30, IntervalUnit: "DAYS" },
              ...(options.kmsKeyId === undefined ? {} : { CmkArn: options.kmsKeyId }),
            },
          ],
        },
      ],
    },
  });
  dlm.destroy();
  return PolicyId!;
}

async function newRole({ sandbox }: Pick<Rehearsal, "sandbox">, without: readonly string[]): Promise<string> {
  const iam = new IAM(clientSettings(sandbox));
  const RoleName = `dlm-${++roles}`;
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: TRUST });
  const Action = NEEDED.filter((action) => !without.includes(action));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "*" }],
  });
  await iam.putRolePolicy({ RoleName, PolicyName: "work", PolicyDocument });
  iam.destroy();
  return Role!.Arn!;
}

export async function deletePolicy({ sandbox }: Rehearsal, PolicyId: string): Promise<void> {
  const dlm = new DLM(clientSettings(sandbox, PRIMARY));
  await dlm.deleteLifecyclePolicy({ PolicyId });
  dlm.destroy();
}
