import type { Aws } from "../aws/aws.ts";
import type { Watch } from "../aws/watch/watch.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import type { TerraformSettings } from "../terraform/settings.ts";

export type { TerraformSettings };

/** What the wiring hands to every step and resource kind. */
export interface DrillServices {
  /** Who these services were made for: a step, or the teardown of a resource. Resource kinds get clock, signal and run folder from it. */
  readonly scope: ServiceScope;
  readonly aws: Aws;
  readonly watch: Watch;
  readonly people: People;
  readonly terraform: TerraformSettings;
  /** The environment gameday was started in. Only `command.run` reads it, and only the variables that the drill names. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  /**
   * In a rehearsal: what the programs of `command.run` get in place of every AWS_… variable, whoever names one. They are real
   * programs, and nothing may lead them to a real account.
   */
  readonly rehearsalEnvironment?: Readonly<Record<string, string>>;
  /** The environment that AWS tools started by a step get: Region, credentials, endpoint. Values may be secret. */
  awsEnvironment(): Promise<Readonly<Record<string, string>>>;
}

/** Asks a person. A rehearsal answers by itself and says so. */
export interface People {
  /** Resolves with who confirmed; rejects with a Failure when they refuse or nobody can be asked. */
  confirm(prompt: string, signal: AbortSignal): Promise<{ readonly by: string }>;
}
