import { JsonCodec2 } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { AwsError } from "../service.ts";

const EPOCH_SECONDS = 7;

/** Reads and writes JSON bodies by schema. `jsonName` is what REST-JSON renames members with. */
export function jsonBody(options: { readonly jsonName: boolean }) {
  const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, ...options });
  return {
    async read(schema: NormalizedSchema, body: Buffer): Promise<object> {
      if (body.length === 0) return {};
      const text = body.toString("utf8");
      try {
        // The codec would make an empty object of an array.
        if (text.trimStart().startsWith("{")) return (await codec.createDeserializer().read(schema, text)) as object;
      } catch {
        // Said below: AWS does not repeat the parser's words either.
      }
      throw new AwsError("SerializationException", "The request body is not a JSON object of the expected shape.");
    },
    write(schema: NormalizedSchema, value: object): Uint8Array {
      const serializer = codec.createSerializer();
      serializer.write(schema, value);
      return serializer.flush();
    },
  };
}
