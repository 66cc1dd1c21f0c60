import type { WireAnswer } from "../protocols/protocol.ts";
import type { AwsError } from "../service.ts";

/** A call whose input has been read and whose handler is about to run. */
export interface Call {
  /** `ec2`, `dlm` … */
  readonly service: string;
  /** `CreateVolume` */
  readonly operation: string;
  readonly region: string;
  readonly principalArn: string;
  readonly requestId: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds of the sandbox's clock. */
  readonly now: number;
}

/** What an interceptor does to a call: an error of the service, an answer that is no answer of AWS, or a dead connection. */
export type Fault =
  | { readonly kind: "error"; readonly error: AwsError }
  | { readonly kind: "raw"; readonly answer: WireAnswer }
  | { readonly kind: "disconnect" };

/** Looks at every call before its handler does. The first fault wins; undefined lets the call pass. */
export type Interceptor = (call: Call) => Fault | undefined;
