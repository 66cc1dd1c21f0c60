import { call, destroyed, identity, phase, phaseEnd, resource, started, step } from "../evidence/events.ts";
import type { Timed } from "../evidence/journaled.ts";

/** A run that has everything a report shows; each text that is not gameday's own is what `say` says. */
export function runSaying(say: () => string): Timed[] {
  const failure = {
    code: "it-failed",
    message: say(),
    fixer: "AWS",
    next: say(),
    details: [say(), say(), say()],
    awsRequestId: say(),
    resourceId: say(),
  } as const;
  const plan = (id: string) =>
    ({ id, name: say(), phase: "recover", uses: "command.run", timeoutMs: 1, targetMs: 1_000 }) as const;
  return [
    started({
      drill: { name: "a-drill", description: say(), path: "/d/drill.yaml", sha256: "0".repeat(64), text: "" },
      steps: [plan("volume"), plan("host")],
    }),
    { ...identity(0.5), arn: say() } as Timed,
    { t: 0.6, type: "tool-used", tool: say(), version: say(), from: say() },
    { t: 1, type: "phase-started", phase: "recover" },
    { t: 1, type: "disaster-declared" },
    ...step({ id: "host", phase: "recover", uses: "command.run", from: 1, to: 9 }, [], { outputs: { stdout: say() } }),
    ...step(
      { id: "volume", phase: "recover", uses: "command.run", from: 20, to: 30 },
      [
        { t: 21, type: "step-progress", instance: "volume", message: say() },
        { t: 22, type: "people-wait", instance: "volume", prompt: say(), durationMs: 1_000 },
        ...resource(23, "v#1/0", { kind: "ec2.volume", id: say(), step: "volume" }),
        ...resource(23, "v#1/1", { kind: "ec2.volume", id: "vol-1", step: "volume" }),
        { t: 24, type: "finding", code: "a-finding", severity: "critical", message: say(), resourceId: say() },
        { ...call(25, "CreateVolume", "us-west-2", { errorCode: say() }), requestId: say() } as Timed,
        { t: 26, type: "recovery-point", instance: "volume", recoveryPointId: say(), sourceId: say(), kmsKeyId: say() },
        {
          t: 27,
          type: "data-checked",
          instance: "volume",
          check: "file-manifest",
          passed: false,
          summary: say(),
          expected: say(),
          actual: say(),
          differences: [say(), say()],
        },
      ],
      { outcome: "failed", failure: { ...failure, consequence: "verification" } },
    ),
    phaseEnd("recover", 30, "failed"),
    ...phase("teardown", 30, 40, [
      { t: 31, type: "resource-leaked", key: "v#1/0", failure },
      ...destroyed(32, "v#1/1"),
    ]),
    {
      t: 41,
      type: "run-finished",
      outcome: "verification-failed",
      exitCode: 6,
      leftovers: [{ kind: "ec2.volume", region: "us-west-2", id: say() }],
    },
  ];
}
