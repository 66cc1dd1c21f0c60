import { identity, phase, started, step, call, failure } from "./events.ts";
import { finished } from "./runs.ts";
import type { Timed } from "./journaled.ts";

/** A run whose `recover` has `count` steps of one `forEach`, 16 at a time, some of them failing. */
export function manySteps(count: number, callsEach = 1): Timed[] {
  const disaster = 10;
  const steps = Array.from({ length: count }, (_, index) =>
    oneOf(index, disaster + Math.floor(index / 16) * 2, callsEach),
  );
  const inOrder = steps.flat().sort((a, b) => a.t - b.t);
  const end = disaster + Math.ceil(count / 16) * 2 + 10;
  return [
    started({
      steps: [
        { id: "restore", phase: "recover", uses: "ebs.restore-volume", targetMs: 5_000, timeoutMs: 60_000 },
        { id: "checksum", phase: "verify", uses: "ebs.verify-checksum", timeoutMs: 60_000 },
      ],
    }),
    identity(0.5),
    ...phase("prepare", 1, disaster),
    { t: disaster, type: "phase-started", phase: "recover" },
    { t: disaster, type: "disaster-declared" },
    ...inOrder,
    { t: end, type: "phase-finished", phase: "recover", outcome: "failed" },
    ...phase("teardown", end, end + 5),
    finished(end + 5, { outcome: "failed", exitCode: 5 }),
  ];
}

function oneOf(index: number, from: number, callsEach: number): Timed[] {
  const failed = index % 997 === 996;
  const instance = `restore[${index}]`;
  const calls = Array.from({ length: callsEach }, (_, n) => call(from + n / 10, "DescribeVolumes", "us-west-2"));
  const events = step(
    { id: instance, phase: "recover", uses: "ebs.restore-volume", from, to: from + 2 + (index % 7) },
    calls,
    failed ? { outcome: "failed", failure: failure({ message: `vol-${index} is in error` }) } : {},
  );
  return events.map((event) => ("step" in event ? { ...event, step: "restore" } : event));
}
