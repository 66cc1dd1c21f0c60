/** Policies that AWS provides, as far as drills attach them: path, name and what they allow. */
const POLICIES: readonly { readonly path: string; readonly name: string; readonly statements: readonly object[] }[] = [
  { path: "/", name: "AdministratorAccess", statements: [allow(["*"], "*")] },
  {
    path: "/service-role/",
    name: "AWSDataLifecycleManagerServiceRole",
    statements: [
      allow(
        [
          "ec2:CreateSnapshot",
          "ec2:CreateSnapshots",
          "ec2:DeleteSnapshot",
          "ec2:DescribeInstances",
          "ec2:DescribeVolumes",
          "ec2:DescribeSnapshots",
          "ec2:EnableFastSnapshotRestores",
          "ec2:DescribeFastSnapshotRestores",
          "ec2:DisableFastSnapshotRestores",
          "ec2:CopySnapshot",
          "ec2:ModifySnapshotAttribute",
          "ec2:DescribeSnapshotAttribute",
          "ec2:ModifySnapshotTier",
          "ec2:DescribeSnapshotTierStatus",
          "ec2:DescribeAvailabilityZones",
        ],
        "*",
      ),
      allow(["ec2:CreateTags"], "arn:aws:ec2:*::snapshot/*"),
      allow(
        [
          "events:PutRule",
          "events:DeleteRule",
          "events:DescribeRule",
          "events:EnableRule",
          "events:DisableRule",
          "events:ListTargetsByRule",
          "events:PutTargets",
          "events:RemoveTargets",
        ],
        "arn:aws:events:*:*:rule/AwsDataLifecycleRule.managed-cwe.*",
      ),
    ],
  },
  {
    path: "/",
    name: "AmazonSSMManagedInstanceCore",
    statements: [
      allow(
        [
          "ssm:DescribeAssociation",
          "ssm:GetDocument",
          "ssm:DescribeDocument",
          "ssm:GetManifest",
          "ssm:GetParameter",
          "ssm:GetParameters",
          "ssm:ListAssociations",
          "ssm:ListInstanceAssociations",
          "ssm:PutInventory",
          "ssm:PutComplianceItems",
          "ssm:UpdateAssociationStatus",
          "ssm:UpdateInstanceAssociationStatus",
          "ssm:UpdateInstanceInformation",
        ],
        "*",
      ),
      allow(["ssmmessages:*", "ec2messages:*"], "*"),
    ],
  },
  {
    path: "/",
    name: "CloudWatchAgentServerPolicy",
    statements: [allow(["cloudwatch:PutMetricData", "ec2:DescribeVolumes", "ec2:DescribeTags", "logs:*"], "*")],
  },
];

export interface AwsManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly document: string;
}

/** Attachable in every account, by ARN. */
export const AWS_MANAGED_POLICIES: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  POLICIES.map(({ path, name, statements }) => {
    const arn = `arn:aws:iam::aws:policy${path}${name}`;
    return [arn, { arn, name, path, document: JSON.stringify({ Version: "2012-10-17", Statement: statements }) }];
  }),
);

function allow(actions: readonly string[], resource: string): object {
  return { Effect: "Allow", Action: actions, Resource: resource };
}
