import * as z from "zod";
import type { Instance, RunInstancesCommandInput, _InstanceType } from "@aws-sdk/client-ec2";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { Tags } from "../../engine/tags.ts";
import { instanceIdShape, regionShape, tagsShape, zoneElsewhere, zoneShape } from "../aws-shapes.ts";
import { tagSpecifications } from "../../aws/tags.ts";
import { defineStep } from "../define-step.ts";
import { HOST_PERMISSIONS } from "../on-host/run-on-host.ts";
import type { DrillServices } from "../services.ts";
import { untilRunning, untilOnline, untilStatusOk } from "./host-waits.ts";

type Context = StepContext<DrillServices>;

/** Amazon Linux 2023 brings the SSM agent along. */
const DEFAULT_IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

const input = z
  .strictObject({
    instanceId: instanceIdShape.optional().describe("Uses this running instance and launches none"),
    region: regionShape.optional().describe("Where the host is; the DR Region when absent"),
    availabilityZone: zoneShape.optional().describe("The restored volume's zone; or give subnetId"),
    subnetId: z
      .string()
      .regex(/^subnet-[0-9a-f]{8,17}$/)
      .optional(),
    securityGroupIds: z
      .array(z.string().regex(/^sg-[0-9a-f]{8,17}$/))
      .max(5)
      .optional(),
    imageId: z
      .string()
      .regex(/^ami-[0-9a-f]{8,17}$/)
      .optional(),
    imageParameter: z
      .string()
      .regex(/^\/[\w./-]{1,500}$/)
      .default(DEFAULT_IMAGE_PARAMETER)
      .describe("The SSM parameter that names the image, when imageId is absent"),
    instanceType: z
      .string()
      .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/)
      .default("t3.micro"),
    instanceProfile: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe("Name or ARN of an instance profile with AmazonSSMManagedInstanceCore"),
    tags: tagsShape.optional().describe("Tags besides those of the run"),
  })
  .refine(
    (given) => given.instanceId !== undefined || given.availabilityZone !== undefined || given.subnetId !== undefined,
    "give instanceId, availabilityZone or subnetId",
  );
type Input = z.output<typeof input>;

export const launchHost = defineStep({
  uses: "ec2.launch-host",
  does: "Launches an instance to verify restored volumes on, and waits until SSM can run commands there",
  input,
  misplaced: zoneElsewhere,
  output: z.object({
    instanceId: z.string(),
    availabilityZone: z.string(),
    launched: z.boolean().describe("False when a given instance is used"),
  }),
  permissions: [
    { actions: ["ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ssm:DescribeInstanceInformation"] },
    { actions: ["ssm:GetParameter"], resources: ["arn:aws:ssm:*::parameter/aws/service/*"] },
    {
      actions: ["ec2:RunInstances"],
      resources: [
        "arn:aws:ec2:{dr}:{account}:instance/*",
        "arn:aws:ec2:{dr}:{account}:volume/*",
        "arn:aws:ec2:{dr}:{account}:network-interface/*",
      ],
      tagged: "on-create",
    },
    {
      actions: ["ec2:RunInstances"],
      resources: [
        "arn:aws:ec2:{dr}::image/*",
        "arn:aws:ec2:{dr}::snapshot/*",
        "arn:aws:ec2:{dr}:{account}:subnet/*",
        "arn:aws:ec2:{dr}:{account}:security-group/*",
      ],
    },
    {
      actions: ["ec2:CreateTags"],
      resources: ["arn:aws:ec2:{dr}:{account}:*/*"],
      condition: { StringEquals: { "ec2:CreateAction": "RunInstances" } },
    },
    {
      actions: ["iam:PassRole"],
      resources: ["arn:aws:iam::{account}:role/*"],
      condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    ...HOST_PERMISSIONS,
  ],
  creates: ["ec2.instance"],
  defaultTimeoutMs: 20 * 60_000,
  async run(ctx, given) {
    const region = given.region ?? ctx.regions.dr;
    const instanceId = given.instanceId ?? (await launch(ctx, region, given));
    const instance = await untilRunning(ctx, region, instanceId);
    if (given.instanceId === undefined) await untilStatusOk(ctx, region, instanceId);
    await untilOnline(ctx, region, instanceId);
    return { instanceId, availabilityZone: zoneOf(instance), launched: given.instanceId === undefined };
  },
});

function zoneOf(instance: Instance): string {
  return instance.Placement?.AvailabilityZone ?? "";
}

async function launch(ctx: Context, region: string, given: Input): Promise<string> {
  const imageId = given.imageId ?? (await imageOf(ctx, region, given.imageParameter));
  const made = await ctx.create("ec2.instance", { region }, async (token, tags) => {
    const ec2 = await ctx.services.aws.ec2(region);
    const { Instances = [] } = await ec2.runInstances(launchInput(given, { imageId, token, tags }));
    return { id: Instances[0]?.InstanceId ?? "" };
  });
  ctx.progress(`launched ${made.id}`);
  return made.id;
}

interface Launch {
  readonly imageId: string;
  readonly token: string;
  readonly tags: Tags;
}

/** IMDSv2 only; no key pair, for SSM is the only way in. */
function launchInput(given: Input, { imageId, token, tags }: Launch): RunInstancesCommandInput {
  const { availabilityZone, subnetId, securityGroupIds, instanceProfile } = given;
  const named = instanceProfile?.startsWith("arn:") ? { Arn: instanceProfile } : { Name: instanceProfile };
  return {
    ImageId: imageId,
    InstanceType: given.instanceType as _InstanceType,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    MetadataOptions: { HttpTokens: "required", HttpEndpoint: "enabled" },
    InstanceInitiatedShutdownBehavior: "terminate",
    TagSpecifications: tagSpecifications({ ...given.tags, ...tags }, "instance", "volume", "network-interface"),
    ...(availabilityZone === undefined ? {} : { Placement: { AvailabilityZone: availabilityZone } }),
    ...(subnetId === undefined ? {} : { SubnetId: subnetId }),
    ...(securityGroupIds === undefined ? {} : { SecurityGroupIds: securityGroupIds }),
    ...(instanceProfile === undefined ? {} : { IamInstanceProfile: named as { Name: string } }),
  };
}

async function imageOf({ services }: Context, region: string, parameter: string): Promise<string> {
  const ssm = await services.aws.ssm(region);
  const { Parameter } = await ssm.getParameter({ Name: parameter });
  if (Parameter?.Value) return Parameter.Value;
  throw new Failure({
    code: "image-not-found",
    message: `The SSM parameter ${parameter} in ${region} names no image`,
    fixer: "drill author",
    next: "give an imageId",
  });
}
