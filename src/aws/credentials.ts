import { Failure } from "../engine/failure.ts";
import type { EndpointConfig } from "./endpoint-config.ts";

/** Credentials as the SDK's providers yield them. */
export interface CredentialIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Yields credentials, asking their source again when they are about to expire. */
export type CredentialProvider = (properties?: Record<string, unknown>) => Promise<CredentialIdentity>;

/** Where a run's AWS credentials come from. */
export interface CredentialOptions {
  /** Fixed credentials. Without them the SDK's own chain is asked: environment, profile, SSO, container, instance. */
  readonly credentials?: CredentialIdentity;
  /** A profile of the user's AWS configuration. */
  readonly profile?: string;
  /** A role to assume with those credentials; refreshed by itself. */
  readonly assumeRole?: AssumedRole;
  /** Region and endpoint of the STS that roles are assumed at. */
  readonly stsRegion?: string;
  readonly stsEndpoint?: EndpointConfig;
}

export interface AssumedRole {
  readonly roleArn: string;
  readonly externalId?: string;
  /** 2–64 characters of `[\w+=,.@-]`; `gameday-<run>`. */
  readonly sessionName: string;
}

/** What is known about how long credentials live. */
export interface CredentialLife {
  /** Epoch milliseconds. Undefined: AWS did not say. */
  readonly expiresAt: number | undefined;
  /** New ones can be had without a person. */
  readonly refreshable: boolean;
}

/** How long an assumed role's session lasts: role chaining caps it at one hour (STS AssumeRole, DurationSeconds). */
const ROLE_SESSION_SECONDS = 3600;

/** Builds the provider that all clients of a connection share. */
export async function credentialProvider(options: CredentialOptions): Promise<CredentialProvider> {
  const base = await baseProvider(options);
  if (!options.assumeRole) return explained(base, options);
  const { fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  const { roleArn, externalId, sessionName } = options.assumeRole;
  return explained(
    fromTemporaryCredentials({
      masterCredentials: base,
      params: {
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        DurationSeconds: ROLE_SESSION_SECONDS,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      },
      clientConfig: {
        ...(options.stsRegion === undefined ? {} : { region: options.stsRegion }),
        ...options.stsEndpoint,
      },
    }),
    options,
  );
}

async function baseProvider(options: CredentialOptions): Promise<CredentialProvider> {
  const { credentials, profile } = options;
  if (credentials) return async () => credentials;
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  return fromNodeProviderChain(profile === undefined ? {} : { profile });
}

/** The provider, with the chain's own "could not load" turned into a failure that says what to do. */
function explained(provider: CredentialProvider, { profile }: CredentialOptions): CredentialProvider {
  return async (properties) => {
    try {
      return await provider(properties);
    } catch (error) {
      throw (await missingProfile(profile, error)) ?? noCredentials(error);
    }
  };
}

/** The chain does not say which profile it looked for, nor that there is none of that name. */
async function missingProfile(profile: string | undefined, cause: unknown): Promise<Failure | undefined> {
  if (profile === undefined) return undefined;
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const files = await loadSharedConfigFiles().catch(() => undefined);
  if (!files || profile in files.configFile || profile in files.credentialsFile) return undefined;
  const names = Object.keys({ ...files.configFile, ...files.credentialsFile });
  return new Failure({
    code: "no-credentials",
    message: `No usable AWS credentials: the profile ${JSON.stringify(profile)} is not in your AWS configuration`,
    fixer: "operator",
    next: names.length === 0 ? "aws configure sso" : `profiles there: ${names.join(", ")}`,
    cause,
  });
}

function noCredentials(error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure({
    code: "no-credentials",
    message: `No usable AWS credentials: ${reason}`,
    fixer: "operator",
    next: "sign in (aws sso login, or set AWS_PROFILE), then try `gameday doctor`",
    cause: error,
  });
}

/**
 * Credentials handed over in code, in variables or in a plain profile cannot be renewed; roles and all other sources are asked
 * again by themselves.
 */
export function lifeOf(identity: CredentialIdentity, options: CredentialOptions): CredentialLife {
  const sources = Object.keys((identity as { $source?: object }).$source ?? {});
  const fixed = options.credentials !== undefined || sources.some((source) => FIXED_SOURCES.has(source));
  const assumed = options.assumeRole !== undefined || sources.some((source) => source.startsWith("CREDENTIALS_STS_"));
  return { expiresAt: identity.expiration?.getTime(), refreshable: assumed || !fixed };
}

const FIXED_SOURCES: ReadonlySet<string> = new Set(["CREDENTIALS_CODE", "CREDENTIALS_ENV_VARS", "CREDENTIALS_PROFILE"]);
