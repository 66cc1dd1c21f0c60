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

/** What an interceptor does to a call: an error of the service, an answer that is no answer of AWS, a dead or a silent connection. */
export type Fault =
  | { readonly kind: "error"; readonly error: AwsError }
  | { readonly kind: "raw"; readonly answer: WireAnswer }
  | { readonly kind: "disconnect" }
  | { readonly kind: "hang" }
  | { readonly kind: "after"; readonly after: AfterEffect };

/** What becomes of a call that has taken effect. Calls that the service itself refuses are left alone. */
export interface AfterEffect {
  /** What the operation puts out instead; the output given is the service's own and is not to be changed. */
  output?(output: object): object;
  /** What reaches the caller instead of its answer. */
  reply?(answer: WireAnswer): Reply;
}

/** What goes out: an answer, cut off after so many bytes of its body if it says so; nothing; or nothing ever. */
export type Reply = (WireAnswer & { readonly cutAt?: number }) | "disconnect" | "hang";

/**
 * Looks at every call before its handler does. The first fault wins; undefined lets the call pass, and `after` lets it pass until
 * it has taken effect.
 */
export type Interceptor = (call: Call) => Fault | undefined;
