import type { CompositeAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { Seen, WatchKind } from "../watch.ts";
import { allPages, chunks, IDS_PER_CALL, isoOf, type Look } from "./look.ts";

/** The alarms of these names, at most a hundred, every page of them. */
export async function alarmsNamed(
  { aws, region }: Pick<Look, "aws" | "region">,
  names: readonly string[],
): Promise<(MetricAlarm | CompositeAlarm)[]> {
  const cloudwatch = await aws.cloudwatch(region);
  return allPages(
    (token) =>
      cloudwatch.describeAlarms({
        AlarmNames: [...names],
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        MaxRecords: IDS_PER_CALL,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    {
      items: ({ MetricAlarms = [], CompositeAlarms = [] }) => [...MetricAlarms, ...CompositeAlarms],
      next: ({ NextToken }) => NextToken,
    },
  );
}

export function alarmKind(look: Look): WatchKind<MetricAlarm | CompositeAlarm> {
  return {
    async describe(names) {
      const found = new Map<string, Seen<MetricAlarm | CompositeAlarm>>();
      for (const some of chunks(names, IDS_PER_CALL)) {
        for (const alarm of await alarmsNamed(look, some)) found.set(alarm.AlarmName ?? "", seenAlarm(alarm));
      }
      return found;
    },
  };
}

function seenAlarm(alarm: MetricAlarm | CompositeAlarm): Seen<MetricAlarm | CompositeAlarm> {
  const serviceAt = isoOf(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp);
  return { seen: alarm, state: alarm.StateValue ?? "unknown", ...(serviceAt === undefined ? {} : { serviceAt }) };
}
