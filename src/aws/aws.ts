import type { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { DLM } from "@aws-sdk/client-dlm";
import type { EBS } from "@aws-sdk/client-ebs";
import type { EC2 } from "@aws-sdk/client-ec2";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";

export interface ClientOptions {
  /** False for creates that AWS has no idempotency token for: a blind retry could make a second one. True by default. */
  readonly retries?: boolean;
}

/**
 * AWS as a step sees it: one client per service and Region, loaded on first use, with time-outs, adaptive retries, and every
 * call journaled. A call to the primary Region while that counts as lost is refused with a {@link Failure} and a finding.
 */
export interface Aws {
  ec2(region: string, options?: ClientOptions): Promise<EC2>;
  ebs(region: string, options?: ClientOptions): Promise<EBS>;
  ssm(region: string, options?: ClientOptions): Promise<SSM>;
  iam(region: string, options?: ClientOptions): Promise<IAM>;
  kms(region: string, options?: ClientOptions): Promise<KMS>;
  dlm(region: string, options?: ClientOptions): Promise<DLM>;
  cloudwatch(region: string, options?: ClientOptions): Promise<CloudWatch>;
  sts(region: string, options?: ClientOptions): Promise<STS>;
}
