import type { World } from "../../world.ts";

/** Shortest and longest, in milliseconds. */
export type Span = readonly [shortest: number, longest: number];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MIB = 2 ** 20;

/**
 * How long EC2's asynchronous work takes in the sandbox: orders of magnitude of us-east-1 with small volumes. Each span is drawn
 * from evenly, repeatably for the same seed.
 */
export const DURATIONS = {
  /** CreateVolume → `available`. */
  volumeCreation: [2 * SECOND, 5 * SECOND],
  /** CreateVolume with an unusable key → the volume is gone. */
  volumeVanishing: [4 * SECOND, 9 * SECOND],
  /** DeleteVolume → InvalidVolume.NotFound. */
  volumeDeletion: [3 * SECOND, 8 * SECOND],
  attachment: [1.5 * SECOND, 4 * SECOND],
  detachment: [2 * SECOND, 6 * SECOND],
  /** CreateSnapshot → `completed`, before the bytes that changed are counted. */
  snapshot: [35 * SECOND, 95 * SECOND],
  /** CopySnapshot → `completed`, before the bytes that are new to the Region are counted. */
  copy: [14 * MINUTE, 26 * MINUTE],
  /** An unusable key is noticed: `pending` → `error`. */
  keyRefusal: [20 * SECOND, 70 * SECOND],
  /** RunInstances → `running`. */
  instanceStart: [11 * SECOND, 24 * SECOND],
  /** `running` → both status checks `ok`. */
  statusChecks: [95 * SECOND, 150 * SECOND],
  /** `running` → the SSM agent is Online. */
  agentOnline: [18 * SECOND, 45 * SECOND],
  /** TerminateInstances → `terminated`. */
  instanceStop: [22 * SECOND, 45 * SECOND],
  /** `terminated` → not described any more. */
  terminatedVisible: [55 * MINUTE, 65 * MINUTE],
} as const satisfies Readonly<Record<string, Span>>;

/** Bytes per millisecond. */
export const RATES = {
  snapshot: (60 * MIB) / SECOND,
  copy: (40 * MIB) / SECOND,
  /** EBS's own background loading of a volume made from a snapshot. */
  defaultInitialization: (50 * MIB) / SECOND,
} as const;

/** The least time between two CreateSnapshot calls for one volume. */
export const SNAPSHOT_INTERVAL_MS = 15 * SECOND;

/** One of the durations, in milliseconds. */
export function drawDuration(world: World, name: keyof typeof DURATIONS): number {
  const [shortest, longest] = DURATIONS[name];
  return shortest + world.chance(`duration/${name}`) * (longest - shortest);
}
