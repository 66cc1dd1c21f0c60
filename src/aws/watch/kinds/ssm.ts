import type { GetCommandInvocationResult, InstanceInformation } from "@aws-sdk/client-ssm";
import { awsErrorCode } from "../../error-codes.ts";
import type { Seen, WatchKind } from "../watch.ts";
import { allPages, chunks, isoOf, type Look } from "./look.ts";

/** DescribeInstanceInformation pages are at most 50 long. */
const MANAGED_PAGE = 50;

export function managedInstanceKind(look: Look): WatchKind<InstanceInformation> {
  return {
    async describe(ids) {
      const ssm = await look.aws.ssm(look.region);
      const found = new Map<string, Seen<InstanceInformation>>();
      for (const values of chunks(ids, MANAGED_PAGE)) {
        const items = await allPages(
          (token) =>
            ssm.describeInstanceInformation({
              Filters: [{ Key: "InstanceIds", Values: values }],
              MaxResults: MANAGED_PAGE,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          { items: (page) => page.InstanceInformationList, next: (page) => page.NextToken },
        );
        for (const item of items) found.set(item.InstanceId ?? "", seenManaged(item));
      }
      return found;
    },
  };
}

function seenManaged(item: InstanceInformation): Seen<InstanceInformation> {
  const serviceAt = isoOf(item.LastPingDateTime);
  return { seen: item, state: item.PingStatus ?? "unknown", ...(serviceAt === undefined ? {} : { serviceAt }) };
}

export function commandKind(look: Look): WatchKind<GetCommandInvocationResult> {
  return {
    async describe(ids) {
      const looked = await Promise.all(ids.map(async (id) => [id, await lookAtCommand(look, id)] as const));
      return new Map(looked.flatMap(([id, seen]) => (seen ? [[id, seen]] : [])));
    },
  };
}

async function lookAtCommand(look: Look, id: string): Promise<Seen<GetCommandInvocationResult> | undefined> {
  const [commandId = "", instanceId = ""] = id.split("/");
  const ssm = await look.aws.ssm(look.region);
  try {
    const invocation = await ssm.getCommandInvocation({ CommandId: commandId, InstanceId: instanceId });
    const serviceAt = invocation.ExecutionEndDateTime || invocation.ExecutionStartDateTime;
    return { seen: invocation, state: invocation.Status ?? "unknown", ...(serviceAt ? { serviceAt } : {}) };
  } catch (error) {
    // Normal right after SendCommand.
    if (awsErrorCode(error) === "InvocationDoesNotExist") return undefined;
    throw error;
  }
}
