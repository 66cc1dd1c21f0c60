/** A metric is its namespace, its name and its dimensions together. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Sample {
  readonly at: number;
  /** What was measured, each value as often as its count says. */
  readonly values: readonly { readonly value: number; readonly count: number }[];
  readonly unit: string;
}

export interface Metric extends MetricName {
  /** Oldest first. */
  readonly samples: Sample[];
}

export interface Statistics {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly average: number;
}

/** The metrics of one Region. */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  put(name: MetricName, sample: Sample): void {
    const key = keyOf(name);
    let metric = this.#metrics.get(key);
    if (!metric) this.#metrics.set(key, (metric = { ...name, samples: [] }));
    const after = metric.samples.findLastIndex(({ at }) => at <= sample.at);
    metric.samples.splice(after + 1, 0, sample);
  }

  find(name: MetricName): Metric | undefined {
    return this.#metrics.get(keyOf(name));
  }

  all(): Iterable<Metric> {
    return this.#metrics.values();
  }
}

/** Statistics of the samples in [from, to); undefined when there are none. */
export function statisticsOf(
  metric: Metric | undefined,
  { from, to }: { from: number; to: number },
): Statistics | undefined {
  const values = (metric?.samples ?? []).filter(({ at }) => at >= from && at < to).flatMap((sample) => sample.values);
  const sampleCount = values.reduce((sum, { count }) => sum + count, 0);
  if (sampleCount === 0) return undefined;
  const sum = values.reduce((total, { value, count }) => total + value * count, 0);
  return {
    sampleCount,
    sum,
    minimum: values.reduce((least, { value }) => Math.min(least, value), Infinity),
    maximum: values.reduce((most, { value }) => Math.max(most, value), -Infinity),
    average: sum / sampleCount,
  };
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}
