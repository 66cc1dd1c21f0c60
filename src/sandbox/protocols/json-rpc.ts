import { jsonBody } from "./json-body.ts";
import type { Protocol } from "./protocol.ts";

const body = jsonBody({ jsonName: false });

/** AWS JSON 1.0 and 1.1: `X-Amz-Target: TrentService.DescribeKey`. The answer has the version that the request had. */
export function jsonRpc(version: "1.0" | "1.1"): Protocol {
  const headers = { "content-type": `application/x-amz-json-${version}` };
  return {
    operationNameOf: (request) => request.header("x-amz-target")?.split(".").at(-1),
    read: (operation, request) => body.read(operation.input, request.body),
    write: (operation, output) => ({ status: 200, headers, body: body.write(operation.output, output) }),
    writeError: ({ code, message, status, fields }) => ({
      status,
      headers: { ...headers, "x-amzn-errortype": code },
      body: JSON.stringify({ ...fields, __type: code, message }),
    }),
  };
}
