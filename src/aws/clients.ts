import type { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { DLM } from "@aws-sdk/client-dlm";
import type { EBS } from "@aws-sdk/client-ebs";
import type { EC2 } from "@aws-sdk/client-ec2";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";
import type { ConfiguredRetryStrategy } from "@smithy/core/retry";
import type { CredentialProvider } from "./credentials.ts";

/** The AWS services gameday calls, by the prefix their IAM actions have. */
export interface ServiceClients {
  readonly ec2: EC2;
  readonly ebs: EBS;
  readonly ssm: SSM;
  readonly iam: IAM;
  readonly kms: KMS;
  readonly dlm: DLM;
  readonly cloudwatch: CloudWatch;
  readonly sts: STS;
}
export type ServiceName = keyof ServiceClients;

/** The settings that every client takes. */
export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly ignoreConfiguredEndpointUrls: boolean;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  readonly credentials: CredentialProvider;
  readonly retryMode: "adaptive" | "standard";
  readonly maxAttempts: number;
  /** Instead of the two before. */
  readonly retryStrategy?: ConfiguredRetryStrategy;
  readonly disableClockSkewCorrection: boolean;
  readonly customUserAgent: string;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: boolean;
    readonly httpsAgent: { readonly maxCachedSessions: number };
  };
}

type ClientLoader<S extends ServiceName> = () => Promise<new (config: ClientConfig) => ServiceClients[S]>;

/** Loads a client's package when it is first needed: importing all of them costs half a second. */
export const CLIENT_LOADERS: { readonly [S in ServiceName]: ClientLoader<S> } = {
  ec2: async () => (await import("@aws-sdk/client-ec2")).EC2,
  ebs: async () => (await import("@aws-sdk/client-ebs")).EBS,
  ssm: async () => (await import("@aws-sdk/client-ssm")).SSM,
  iam: async () => (await import("@aws-sdk/client-iam")).IAM,
  kms: async () => (await import("@aws-sdk/client-kms")).KMS,
  dlm: async () => (await import("@aws-sdk/client-dlm")).DLM,
  cloudwatch: async () => (await import("@aws-sdk/client-cloudwatch")).CloudWatch,
  sts: async () => (await import("@aws-sdk/client-sts")).STS,
};
