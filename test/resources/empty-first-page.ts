import type { Call, Fault } from "../../src/sandbox/gateway/call.ts";

/** EC2's own form of a token, for the page that begins with the first item. */
const FROM_THE_START = Buffer.from("page:0").toString("base64url");

/** What a service of AWS may do to any answer in pages: the first one is empty, and its token leads to what there is. */
export function emptyFirstPage({ operation, input }: Call): Fault | undefined {
  if (!/^(Describe|List)/.test(operation) || input["NextToken"] !== undefined || input["Marker"] !== undefined)
    return undefined;
  // EC2 has no pages for a question by ids.
  if (Object.keys(input).some((name) => /^(Volume|Instance|Snapshot|Image)Ids$/.test(name))) return undefined;
  return { kind: "after", after: { output: (output) => ({ ...emptied(output), ...tokensFor(operation) }) } };
}

function emptied(output: object): object {
  return Object.fromEntries(Object.entries(output).map(([name, value]) => [name, Array.isArray(value) ? [] : value]));
}

function tokensFor(operation: string): object {
  if (operation.startsWith("Describe")) return { NextToken: FROM_THE_START };
  // IAM and KMS call it so; neither minds a member that it does not have.
  return { IsTruncated: true, Truncated: true, Marker: "more", NextMarker: "more" };
}
