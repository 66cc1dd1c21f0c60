import { CborCodec, cbor } from "@smithy/core/cbor";
import { AwsError } from "../service.ts";
import type { Protocol } from "./protocol.ts";

const codec = new CborCodec();
const HEADERS = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

/** Smithy RPC v2 with CBOR: `POST /service/<Service>/operation/<Operation>`; what boto3 and the AWS CLI speak to CloudWatch. */
export function rpcV2Cbor(): Protocol {
  return {
    operationNameOf: (request) =>
      request.header("smithy-protocol") === "rpc-v2-cbor"
        ? /^\/service\/[^/]+\/operation\/(\w+)$/.exec(request.path)?.[1]
        : undefined,
    read: (operation, request) => {
      if (request.body.length === 0) return {};
      try {
        return codec.createDeserializer().read(operation.input, request.body) as object;
      } catch {
        throw new AwsError("SerializationException", "The request body is not CBOR of the expected shape.");
      }
    },
    write: (operation, output) => {
      const serializer = codec.createSerializer();
      serializer.write(operation.output, output);
      return { status: 200, headers: HEADERS, body: serializer.flush() as Uint8Array };
    },
    writeError: ({ code, message, status, fields }) => ({
      status,
      // botocore wants the query protocol's code of a service that once spoke it.
      headers: { ...HEADERS, "x-amzn-query-error": `${code};${status < 500 ? "Sender" : "Receiver"}` },
      body: cbor.serialize({ ...fields, __type: code, message }),
    }),
  };
}
