import type { AwsError } from "../service.ts";
import type { Operation, Operations } from "./operation.ts";
import type { WireRequest } from "./wire-request.ts";

/** A response before it goes out. The gateway adds the request id and the date. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** One of AWS's wire protocols: reads requests and writes answers by schema, for every service that speaks it. */
export interface Protocol {
  /** The operation's name if the request is of this protocol; undefined if it is not, or names nothing. */
  operationNameOf(request: WireRequest, operations: Operations): string | undefined;
  /** The operation's input. Throws an {@link AwsError} for what cannot be read. */
  read(operation: Operation, request: WireRequest): object | Promise<object>;
  write(operation: Operation, output: object, requestId: string): WireAnswer;
  writeError(error: AwsError, requestId: string): WireAnswer;
}
