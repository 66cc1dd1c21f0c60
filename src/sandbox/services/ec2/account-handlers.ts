import type { Ec2 } from "./ec2.ts";
import { required, type Ec2Handlers } from "./handlers.ts";

/** The account's settings for EBS encryption, per Region, and its attributes. */
export function accountHandlers(ec2: Ec2): Ec2Handlers {
  return {
    GetEbsEncryptionByDefault: (_input, at) => ({
      EbsEncryptionByDefault: ec2.region(at.region).encryptionByDefault,
      SseType: "none",
    }),
    EnableEbsEncryptionByDefault: (_input, at) => {
      ec2.region(at.region).encryptionByDefault = true;
      return { EbsEncryptionByDefault: true };
    },
    DisableEbsEncryptionByDefault: (_input, at) => {
      ec2.region(at.region).encryptionByDefault = false;
      return { EbsEncryptionByDefault: false };
    },
    GetEbsDefaultKmsKeyId: (_input, at) => ({ KmsKeyId: ec2.region(at.region).defaultKey ?? "alias/aws/ebs" }),
    ModifyEbsDefaultKmsKeyId: ({ KmsKeyId }, at) => {
      const arn = ec2.keyArn(at.region, required(KmsKeyId, "kmsKeyId"));
      ec2.region(at.region).defaultKey = arn;
      return { KmsKeyId: arn };
    },
    ResetEbsDefaultKmsKeyId: (_input, at) => {
      ec2.region(at.region).defaultKey = undefined;
      return { KmsKeyId: "alias/aws/ebs" };
    },
    DescribeAccountAttributes: (input) => ({
      AccountAttributes: Object.entries(ATTRIBUTES)
        .filter(
          ([name]) => !input.AttributeNames?.length || input.AttributeNames.includes(name as "supported-platforms"),
        )
        .map(([AttributeName, value]) => ({ AttributeName, AttributeValues: [{ AttributeValue: value }] })),
    }),
  };
}

const ATTRIBUTES = { "supported-platforms": "VPC", "max-instances": "20", "vpc-max-elastic-ips": "5" };
