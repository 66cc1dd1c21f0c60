import * as z from "zod";
import { Failure } from "../../engine/failure.ts";
import { isoInstant } from "../../time/clock.ts";
import { instantShape, regionShape } from "../aws-shapes.ts";
import { defineStep } from "../define-step.ts";

export const waitForAlarm = defineStep({
  uses: "cloudwatch.wait-for-alarm",
  does: "Waits until an alarm changes to a state, by default to OK; that it was there before does not count",
  input: z.strictObject({
    alarmName: z.string().min(1).max(255),
    region: regionShape.optional().describe("Where the alarm is; the DR Region when absent"),
    state: z.enum(["OK", "ALARM"]).default("OK"),
    since: instantShape
      .optional()
      .describe(
        "Changes before this ISO instant do not count, for example the restore step's availableAt; the step's start when absent",
      ),
  }),
  output: z.object({
    alarmName: z.string(),
    state: z.string(),
    changedAt: z.string().describe("ISO instant of the change, by CloudWatch's own clock"),
    reason: z.string(),
  }),
  permissions: [{ actions: ["cloudwatch:DescribeAlarms"], resources: ["arn:aws:cloudwatch:*:{account}:alarm:*"] }],
  defaultTimeoutMs: 30 * 60_000,
  async run(ctx, { alarmName, region = ctx.regions.dr, state, since }) {
    const after = since === undefined ? ctx.clock.now() : Date.parse(since);
    let shown = "";
    const { seen } = await ctx.services.watch.until({
      region,
      kind: "cloudwatch.alarm",
      id: alarmName,
      judge: ({ seen: alarm }) => {
        if (!alarm) return { failed: noAlarm(alarmName, region) };
        const changed = alarm.StateTransitionedTimestamp?.getTime() ?? 0;
        if (alarm.StateValue === state && changed >= after) return "done";
        const now = `${alarmName} is ${alarm.StateValue} since ${isoInstant(changed)}`;
        if (now !== shown) ctx.progress(now);
        shown = now;
        return "wait";
      },
    });
    return {
      alarmName,
      state: seen?.StateValue ?? "",
      changedAt: seen?.StateTransitionedTimestamp?.toISOString() ?? "",
      reason: seen?.StateReason ?? "",
    };
  },
});

function noAlarm(name: string, region: string): Failure {
  return new Failure({
    code: "alarm-not-found",
    message: `There is no alarm ${JSON.stringify(name)} in ${region}`,
    fixer: "drill author",
    next: `aws cloudwatch describe-alarms --region ${region}`,
  });
}
