/**
 * The SDK's schemas call integers and decimals numbers alike. Of the services here, CloudWatch alone takes decimals (type Double in
 * its API reference: PutMetricData, PutMetricAlarm).
 */
const DECIMALS: ReadonlySet<string> = new Set([
  "Value",
  "Values",
  "Counts",
  "SampleCount",
  "Sum",
  "Minimum",
  "Maximum",
  "Threshold",
]);

/** Whether a member whose value is a number may have one that is no integer: `MetricData.member.1.Values`, `MetricData[0].Values[3]`. */
export function takesDecimals(where: string): boolean {
  return DECIMALS.has(/(\w+)(?:\[\d+\])?$/.exec(where)?.[1] ?? "");
}
