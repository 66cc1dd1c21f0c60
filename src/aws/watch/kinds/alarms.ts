import type { CompositeAlarm, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { Seen, WatchKind } from "../watch.ts";
import { allPages, chunks, IDS_PER_CALL, isoOf, type Look } from "./look.ts";

export function alarmKind(look: Look): WatchKind<MetricAlarm | CompositeAlarm> {
  return {
    async describe(names) {
      const cloudwatch = await look.aws.cloudwatch(look.region);
      const found = new Map<string, Seen<MetricAlarm | CompositeAlarm>>();
      for (const some of chunks(names, IDS_PER_CALL)) {
        const alarms = await allPages(
          (token) =>
            cloudwatch.describeAlarms({
              AlarmNames: some,
              AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
              MaxRecords: IDS_PER_CALL,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          {
            items: (page) => [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])],
            next: (page) => page.NextToken,
          },
        );
        for (const alarm of alarms) found.set(alarm.AlarmName ?? "", seenAlarm(alarm));
      }
      return found;
    },
  };
}

function seenAlarm(alarm: MetricAlarm | CompositeAlarm): Seen<MetricAlarm | CompositeAlarm> {
  const serviceAt = isoOf(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp);
  return { seen: alarm, state: alarm.StateValue ?? "unknown", ...(serviceAt === undefined ? {} : { serviceAt }) };
}
