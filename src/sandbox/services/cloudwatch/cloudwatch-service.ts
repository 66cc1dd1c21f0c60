import type * as CloudWatch from "@aws-sdk/client-cloudwatch";
import { defineService, type SandboxService } from "../../gateway/sandbox-service.ts";
import { jsonRpc } from "../../protocols/json-rpc.ts";
import { awsQuery } from "../../protocols/query.ts";
import { rpcV2Cbor } from "../../protocols/rpc-cbor.ts";
import { alarmHandlers } from "./alarm-handlers.ts";
import { metricHandlers } from "./metric-handlers.ts";
import type { Monitoring } from "./monitoring.ts";

/** CloudWatch, in the three protocols that its model lists: each SDK prefers another. */
export function cloudWatchService(monitoring: Monitoring): SandboxService<object> {
  return defineService<typeof CloudWatch>({
    name: "cloudwatch",
    signingNames: ["monitoring"],
    protocols: [jsonRpc("1.0"), rpcV2Cbor(), awsQuery("http://monitoring.amazonaws.com/doc/2010-08-01/")],
    loadSchemas: () => import("@aws-sdk/client-cloudwatch"),
    handlers: { ...metricHandlers(monitoring), ...alarmHandlers(monitoring) },
    inventory: () =>
      Array.from(monitoring.alarms(), ({ region, name, state, tags }) => ({
        region,
        type: "cloudwatch.alarm",
        id: name,
        state,
        tags: Object.fromEntries(tags),
      })),
  });
}
