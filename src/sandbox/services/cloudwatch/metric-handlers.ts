import type * as CloudWatch from "@aws-sdk/client-cloudwatch";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import { statisticsOf, type MetricName, type Sample } from "./metrics.ts";
import type { Monitoring } from "./monitoring.ts";

const HOUR_MS = 3_600_000;
const OLDEST_MS = 14 * 24 * HOUR_MS;
const MOST_PER_CALL = 1000;
const MOST_DATAPOINTS = 1440;

/** Metrics: put, list, read. */
export function metricHandlers(monitoring: Monitoring): Handlers<typeof CloudWatch> {
  return {
    PutMetricData: (input, at) => {
      const namespace = input.Namespace!;
      if (namespace.startsWith("AWS/")) throw invalid("The value AWS/ for parameter Namespace is invalid.");
      const data = input.MetricData ?? [];
      if (data.length > MOST_PER_CALL)
        throw invalid(`The collection MetricData must not have a size greater than ${MOST_PER_CALL}.`);
      const samples = data.map((datum) => ({ metric: metricName(namespace, datum), sample: sampleOf(datum, at) }));
      for (const { metric, sample } of samples) monitoring.put(at.region, metric, sample);
      return {};
    },
    ListMetrics: (input, at) => ({
      Metrics: [...monitoring.inRegion(at.region).metrics.all()]
        .filter(({ namespace }) => input.Namespace === undefined || namespace === input.Namespace)
        .filter(({ name }) => input.MetricName === undefined || name === input.MetricName)
        .map(({ namespace, name, dimensions }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
    }),
    GetMetricStatistics: (input, at) => ({ Label: input.MetricName, Datapoints: datapoints(monitoring, input, at) }),
  };
}

function datapoints(
  monitoring: Monitoring,
  input: CloudWatch.GetMetricStatisticsCommandInput,
  at: RequestContext,
): CloudWatch.Datapoint[] {
  const period = input.Period! * 1000;
  const [start, end] = [input.StartTime!.getTime(), input.EndTime!.getTime()];
  if (!(period > 0) || !(start < end)) throw invalid("StartTime must be before EndTime, and Period positive.");
  if ((end - start) / period > MOST_DATAPOINTS)
    throw invalid(`You have requested more than ${MOST_DATAPOINTS} datapoints.`);
  const metric = monitoring.inRegion(at.region).metrics.find(metricName(input.Namespace!, input));
  const found: CloudWatch.Datapoint[] = [];
  for (let from = start - (start % period); from < end; from += period) {
    const statistics = statisticsOf(metric, { from, to: from + period });
    if (statistics) {
      found.push({
        Timestamp: new Date(from),
        SampleCount: statistics.sampleCount,
        Sum: statistics.sum,
        Minimum: statistics.minimum,
        Maximum: statistics.maximum,
        Average: statistics.average,
        Unit: (metric?.samples[0]?.unit ?? "None") as CloudWatch.StandardUnit,
      });
    }
  }
  return found;
}

function metricName(
  namespace: string,
  of: { readonly MetricName?: string | undefined; readonly Dimensions?: readonly CloudWatch.Dimension[] | undefined },
): MetricName {
  const dimensions = Object.fromEntries((of.Dimensions ?? []).map(({ Name: name, Value: value }) => [name!, value!]));
  return { namespace, name: of.MetricName!, dimensions };
}

function sampleOf(datum: CloudWatch.MetricDatum, at: RequestContext): Sample {
  const time = datum.Timestamp?.getTime() ?? at.now;
  if (time < at.now - OLDEST_MS || time > at.now + 2 * HOUR_MS) {
    throw invalid(
      "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future and two weeks in the past.",
    );
  }
  const values = valuesOf(datum);
  if (values.length === 0 || values.some(({ value }) => !Number.isFinite(value))) {
    throw invalid("The parameter MetricData.member.1.Value must be a number that is neither NaN nor infinite.");
  }
  return { at: time, values, unit: datum.Unit ?? "None" };
}

function valuesOf(datum: CloudWatch.MetricDatum): Sample["values"] {
  if (datum.Value !== undefined) return [{ value: datum.Value, count: 1 }];
  if (datum.Values) return datum.Values.map((value, index) => ({ value, count: datum.Counts?.[index] ?? 1 }));
  const { StatisticValues: set } = datum;
  if (!set) return [];
  // What a statistic set has lost, its middle, is put back as its mean.
  const { Minimum: minimum = 0, Maximum: maximum = 0, Sum: sum = 0, SampleCount: count = 0 } = set;
  if (count <= 2)
    return [
      { value: minimum, count: count - 1 },
      { value: maximum, count: 1 },
    ].filter((one) => one.count > 0);
  const middle = { value: (sum - minimum - maximum) / (count - 2), count: count - 2 };
  return [{ value: minimum, count: 1 }, middle, { value: maximum, count: 1 }];
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}
