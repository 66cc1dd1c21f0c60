import { Failure } from "../engine/failure.ts";
import type { Permission } from "../engine/permission.ts";
import type { ServiceScope } from "../engine/step-kind.ts";
import { awsFor } from "./aws-for.ts";
import type { AwsConnection } from "./connection.ts";
import { alarmsNamed } from "./watch/kinds/alarms.ts";
import { watchFor } from "./watch/watch-for.ts";

export const STOP_ALARM_PERMISSIONS: readonly Permission[] = [
  { actions: ["cloudwatch:DescribeAlarms"], resources: ["arn:aws:cloudwatch:*:{account}:alarm:*"] },
];

/** How often they are looked at: an alarm's own period is no shorter than this by much, and each look is a line in the journal. */
const LOOK_EVERY_MS = 30_000;

interface Place {
  readonly region: string;
  readonly name: string;
}

/** An alarm's name is looked up in the DR Region; an ARN says where it is. */
function placeOf(alarm: string, scope: ServiceScope): Place {
  const [, region, name] = /^arn:[^:]+:cloudwatch:([^:]+):\d+:alarm:(.+)$/.exec(alarm) ?? [];
  return region !== undefined && name !== undefined ? { region, name } : { region: scope.regions.dr, name: alarm };
}

/** Before anything is changed: every stop alarm exists, and none is on already. @throws Failure with consequence `refused`. */
export async function checkStopAlarms(
  connection: AwsConnection,
  scope: ServiceScope,
  alarms: readonly string[],
): Promise<void> {
  for (const place of alarms.map((alarm) => placeOf(alarm, scope))) {
    const [alarm] = await alarmsNamed({ aws: awsFor(connection, scope), region: place.region }, [place.name]);
    if (!alarm) throw noAlarm(place);
    if (alarm.StateValue === "ALARM") throw alreadyOn(place, alarm.StateReason);
  }
}

/** Resolves with what the first alarm says that goes to ALARM. Rejects when one cannot be watched any more. */
export async function stopAlarm(
  connection: AwsConnection,
  scope: ServiceScope,
  alarms: readonly string[],
): Promise<string> {
  const watch = watchFor(connection, scope);
  const waits = alarms.map(async (alarm) => {
    const { region, name } = placeOf(alarm, scope);
    const { seen } = await watch.until({
      region,
      kind: "cloudwatch.alarm",
      id: name,
      unhurriedMs: LOOK_EVERY_MS,
      judge: ({ seen: shown }) => {
        if (!shown) return { failed: noAlarm({ region, name }) };
        return shown.StateValue === "ALARM" ? "done" : "wait";
      },
    });
    return `${name} in ${region}: ${seen?.StateReason ?? "no reason given"}`;
  });
  return Promise.race(waits);
}

function noAlarm({ name, region }: Place): Failure {
  return new Failure({
    code: "stop-alarm-not-found",
    message: `There is no alarm ${JSON.stringify(name)} in ${region}, and safety.stopAlarms names it`,
    fixer: "drill author",
    next: `aws cloudwatch describe-alarms --region ${region}; an alarm elsewhere is named by its ARN`,
    consequence: "refused",
  });
}

function alreadyOn({ name, region }: Place, reason = "no reason given"): Failure {
  return new Failure({
    code: "stop-alarm-on",
    message: `The stop alarm ${JSON.stringify(name)} in ${region} is in ALARM already: ${reason}`,
    fixer: "operator",
    next: "wait until it is over, then run the drill",
    consequence: "refused",
  });
}
