import type { World } from "../../world.ts";
import { evaluate, setState, type Alarm } from "./alarms.ts";
import { Metrics, type MetricName, type Sample } from "./metrics.ts";

interface RegionMonitoring {
  readonly metrics: Metrics;
  /** By name, in order of creation. */
  readonly alarms: Map<string, Alarm>;
}

/** CloudWatch: metrics, and alarms that follow them. */
export class Monitoring {
  readonly world: World;
  readonly #regions = new Map<string, RegionMonitoring>();

  constructor(world: World) {
    this.world = world;
  }

  inRegion(region: string): RegionMonitoring {
    let found = this.#regions.get(region);
    if (!found) this.#regions.set(region, (found = { metrics: new Metrics(), alarms: new Map() }));
    return found;
  }

  *alarms(): Iterable<Alarm> {
    for (const { alarms } of this.#regions.values()) yield* alarms.values();
  }

  /** Adds a sample and lets the alarms on its metric see it, now and once it has grown old. */
  put(region: string, metric: MetricName, sample: Sample): void {
    const { metrics, alarms } = this.inRegion(region);
    metrics.put(metric, sample);
    for (const alarm of alarms.values()) {
      if (alarm.definition.Namespace === metric.namespace && alarm.definition.MetricName === metric.name)
        this.watch(alarm);
    }
  }

  /** Evaluates the alarm now and after as many periods as it looks back. */
  watch(alarm: Alarm): void {
    const now = this.world.clock.now();
    this.#evaluate(alarm, now);
    const { Period: seconds = 60, EvaluationPeriods: periods = 1 } = alarm.definition;
    this.world.schedule(now + (periods + 1) * seconds * 1000, (later) => this.#evaluate(alarm, later));
  }

  #evaluate(alarm: Alarm, at: number): void {
    const { metrics, alarms } = this.inRegion(alarm.region);
    if (alarms.get(alarm.name) !== alarm) return;
    const verdict = evaluate(alarm, metrics, at);
    if (verdict && verdict.state !== alarm.state) setState(this.world, alarm, { ...verdict, at });
  }
}
