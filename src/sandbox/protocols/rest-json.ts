import { NormalizedSchema } from "@smithy/core/schema";
import { jsonBody } from "./json-body.ts";
import type { Protocol, WireAnswer } from "./protocol.ts";
import { findRoute } from "./rest-route.ts";
import { bodyMembers, payloadMember, readBindings, writeHeaders } from "./rest-binding.ts";
import type { Operation } from "./operation.ts";
import type { WireRequest } from "./wire-request.ts";

const body = jsonBody({ jsonName: true });
const JSON_TYPE = { "content-type": "application/json" };

/** REST with JSON bodies: DLM, EBS direct, Backup, EFS. */
export function restJson(): Protocol {
  return {
    operationNameOf: (request, operations) => findRoute(operations, request)?.operation.name,
    read: async (operation, request) => ({
      ...(await readBody(operation, request)),
      ...readBindings(operation, request),
    }),
    write: writeAnswer,
    writeError: ({ code, message, status, fields }) => ({
      status,
      headers: { ...JSON_TYPE, "x-amzn-errortype": code },
      // Some models call the member Message, others message.
      body: JSON.stringify({ ...fields, message, Message: message }),
    }),
  };
}

async function readBody(operation: Operation, request: WireRequest): Promise<object> {
  const payload = payloadMember(operation.input);
  if (!payload) return body.read(bodyMembers(operation.input), request.body);
  const [name, schema] = payload;
  if (schema.isBlobSchema()) return { [name]: new Uint8Array(request.body) };
  return request.body.length === 0 ? {} : { [name]: await body.read(schema, request.body) };
}

function writeAnswer(operation: Operation, output: object): WireAnswer {
  const status = operation.http?.status ?? 200;
  const headers = writeHeaders(operation.output, output);
  const payload = payloadMember(operation.output);
  if (!payload) {
    const content = status === 204 ? "" : body.write(bodyMembers(operation.output), output);
    return { status, headers: { ...JSON_TYPE, ...headers }, body: content };
  }
  const [name, schema] = payload;
  const value = (output as Record<string, unknown>)[name];
  if (schema.isBlobSchema()) {
    const bytes = value === undefined ? "" : (value as Uint8Array);
    return { status, headers: { "content-type": "application/octet-stream", ...headers }, body: bytes };
  }
  const content = body.write(NormalizedSchema.of(schema), (value ?? {}) as object);
  return { status, headers: { ...JSON_TYPE, ...headers }, body: content };
}
