import type { Aws } from "../aws/aws.ts";
import type { Watch } from "../aws/watch/watch.ts";

/** What the wiring hands to every step and resource kind. */
export interface DrillServices {
  readonly aws: Aws;
  readonly watch: Watch;
  readonly people: People;
  readonly terraform: TerraformSettings;
  /** The environment that AWS tools started by a step get: Region, credentials, endpoint. Values may be secret. */
  awsEnvironment(): Promise<Readonly<Record<string, string>>>;
}

/** Asks a person. A rehearsal answers by itself and says so. */
export interface People {
  /** Resolves with who confirmed; rejects with a Failure when they refuse or nobody can be asked. */
  confirm(prompt: string, signal: AbortSignal): Promise<{ readonly by: string }>;
}

/** Which terraform (or OpenTofu) to run, found once by the wiring. Undefined members: looked for and not found. */
export interface TerraformSettings {
  readonly binary?: string;
  /** Extra environment for every terraform process: CLI configuration with mirrors, plugin cache. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the provider comes from: `registry`, or the path of a mirror. */
  readonly providerFrom?: string;
}
