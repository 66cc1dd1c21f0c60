import type { World } from "./world.ts";

/** One request as a handler sees it. */
export interface RequestContext {
  readonly world: World;
  /** From the SigV4 credential scope. */
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** The caller, as an ARN. */
  readonly principalArn: string;
  readonly requestId: string;
  /** Epoch milliseconds at which the request takes effect. All due state changes have happened before. */
  readonly now: number;
}

type Command = abstract new (...args: never[]) => {
  readonly input: object;
  resolveMiddleware(...args: never[]): unknown;
};

/** `CreateVolume` for every `CreateVolumeCommand` that a client package exports. */
type OperationOf<Client> = {
  [K in keyof Client]: K extends `${infer Name}Command` ? (Client[K] extends Command ? Name : never) : never;
}[keyof Client];

type InstanceOf<Client, Name extends string> = Client extends { readonly [K in `${Name}Command`]: infer C }
  ? C extends abstract new (...args: never[]) => infer Instance
    ? Instance
    : never
  : never;

type InputOf<Client, Name extends string> =
  InstanceOf<Client, Name> extends { readonly input: infer Input } ? Input : never;

type OutputOf<Client, Name extends string> =
  InstanceOf<Client, Name> extends {
    resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Output }>;
  }
    ? Omit<Output, "$metadata">
    : never;

/**
 * A service of the sandbox: a typed table of handlers, one per operation of the AWS client package `Client`.
 * Operations without a handler are answered with 501 and their name. A handler answers with the operation's output, or throws
 * an {@link AwsError}.
 */
export type Handlers<Client> = {
  readonly [Name in OperationOf<Client> & string]?: (
    input: InputOf<Client, Name>,
    at: RequestContext,
  ) => OutputOf<Client, Name> | Promise<OutputOf<Client, Name>>;
};

/** An error as AWS sends it: its own code, message and HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error's shape, for example EBS direct's `Reason`. The query protocols have no place for them. */
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, status = 400, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}
