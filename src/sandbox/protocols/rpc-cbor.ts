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
      if (holdsBignum(request.body)) throw new AwsError("SerializationException", "The request body holds a bignum.");
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

/**
 * Whether anything in it is an integer of any length (RFC 8949, section 3.4.3): no shape of AWS's has one, and decoding takes time by the
 * square of its length. Items are looked at one behind the other; how they are nested does not matter.
 */
export function holdsBignum(body: Buffer): boolean {
  let at = 0;
  while (at < body.length) {
    const [major, minor] = [body[at]! >> 5, body[at]! & 31];
    const size = minor < 24 || minor === 31 ? 0 : 2 ** (minor - 24);
    if (minor > 27 && minor < 31) return false;
    if (at + 1 + size > body.length) return false;
    const value = argumentOf(body.subarray(at + 1, at + 1 + size), minor);
    if (major === 6 && (value === 2 || value === 3)) return true;
    at += 1 + size + (major === 2 || major === 3 ? value : 0);
  }
  return false;
}

/** Of a head: a number of its own, or in the bytes behind it. One of indefinite length has none. */
function argumentOf(bytes: Buffer, minor: number): number {
  if (bytes.length === 0) return minor === 31 ? 0 : minor;
  return bytes.length === 8 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, bytes.length);
}
