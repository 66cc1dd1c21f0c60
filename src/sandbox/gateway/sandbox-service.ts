import type { Protocol } from "../protocols/protocol.ts";
import type { Handlers } from "../service.ts";

/** One thing that exists in the sandbox, as `inventory` lists it. */
export interface InventoryItem {
  readonly region: string;
  /** The name of gameday's resource kind where there is one: `ec2.volume`, `dlm.policy`. */
  readonly type: string;
  readonly id: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A service that the gateway serves. */
export interface SandboxService<Client = unknown> {
  /** As in IAM actions and in the log: `ec2`, `cloudwatch`. */
  readonly name: string;
  /** The service names in SigV4 credential scopes. */
  readonly signingNames: readonly string[];
  /** Tried in this order; the first is also the one that errors about the routing itself are written in. */
  readonly protocols: readonly Protocol[];
  /** Imports the client package, whose exported schemas describe the operations. Called at the first request. */
  loadSchemas(): Promise<Client>;
  readonly handlers: Handlers<Client>;
  inventory?(): readonly InventoryItem[];
}

/** Checks a service's handlers against its client package and forgets the package's type. */
export function defineService<Client extends object>(service: SandboxService<Client>): SandboxService<object> {
  return service as SandboxService<object>;
}
