import type { RunEvent } from "../../src/engine/events.ts";
import {
  call,
  destroyed,
  failure,
  identity,
  phase,
  phaseEnd,
  resource,
  RUN_ID,
  skipped,
  started,
  step,
  stepStart,
} from "./events.ts";
import { iso, type Timed } from "./journaled.ts";

/** Marker at 10:00:05, snapshot at 10:01, copy complete at 10:41, disaster at 10:45, recovered and verified 6 min 12 s later. */
export const DISASTER = 2_700;
const VERIFIED = DISASTER + 372;

export function passedRehearsal(): Timed[] {
  return [
    started(),
    { t: 0.1, type: "tool-used", tool: "terraform", version: "1.9.8", from: "/usr/bin/terraform" },
    { t: 0.1, type: "tool-used", tool: "hashicorp/aws", version: "5.100.0", from: "/opt/terraform-mirror" },
    identity(0.5),
    ...prepared(),
    ...recovered(),
    ...phase("verify", DISASTER + 200, VERIFIED, [
      ...step(
        { id: "checksum", phase: "verify", uses: "ebs.verify-checksum", from: DISASTER + 200, to: VERIFIED },
        [
          {
            t: DISASTER + 220,
            type: "step-progress",
            instance: "checksum",
            message: "hashing /dev/nvme1n1",
            fraction: 0.5,
          },
          { t: VERIFIED - 3, type: "recovery-point", instance: "checksum", markerFoundAt: iso(5) },
          checked(VERIFIED - 2, true),
        ],
        { outputs: { hydrationMs: 140_000 } },
      ),
    ]),
    ...phase("teardown", VERIFIED, VERIFIED + 30, [
      ...destroyed(VERIFIED + 1, "attach#1/0"),
      ...destroyed(VERIFIED + 5, "volume#1/0"),
      ...destroyed(VERIFIED + 9, "copy#1/0"),
    ]),
    finished(VERIFIED + 31, { outcome: "passed", exitCode: 0 }),
  ];
}

export function failedVerification(): Timed[] {
  const differs = failure({
    code: "data-differs",
    message: "2 of 214 files differ from the manifest taken before the backup",
    fixer: "operator",
    next: "treat this recovery point as unusable until the difference is explained",
    consequence: "verification",
    details: ["data/ledger.db: sha256 differs", "data/marker.json: missing"],
  });
  return [
    started({ mode: "live" }),
    identity(0.5),
    ...prepared(),
    ...recovered(),
    { t: DISASTER + 200, type: "phase-started", phase: "verify" },
    ...step(
      { id: "checksum", phase: "verify", uses: "ebs.verify-checksum", from: DISASTER + 200, to: VERIFIED },
      [checked(VERIFIED - 2, false)],
      { outcome: "failed", failure: differs },
    ),
    phaseEnd("verify", VERIFIED, "failed"),
    ...phase("teardown", VERIFIED, VERIFIED + 30, [
      ...destroyed(VERIFIED + 1, "attach#1/0"),
      ...destroyed(VERIFIED + 5, "volume#1/0"),
      ...destroyed(VERIFIED + 9, "copy#1/0"),
    ]),
    finished(VERIFIED + 31, { outcome: "verification-failed", exitCode: 3 }),
  ];
}

export function refusedRun(): Timed[] {
  const why = failure({
    code: "wrong-account",
    message: "the credentials are of account 999988887777, and the drill allows 111122223333 only",
    fixer: "operator",
    next: "use credentials of account 111122223333, then run again",
    consequence: "refused",
  });
  return [started({ mode: "live" }), finished(0.8, { outcome: "refused", exitCode: 7, failure: why })];
}

/** Ctrl-C while the volume is restored; the volume cannot be deleted. */
export function abortedWithLeftovers(): Timed[] {
  return [
    started({ mode: "live" }),
    identity(0.5),
    ...prepared(),
    { t: DISASTER, type: "phase-started", phase: "recover" },
    { t: DISASTER, type: "disaster-declared" },
    ...step(
      { id: "volume", phase: "recover", uses: "ebs.restore-volume", from: DISASTER, to: DISASTER + 41 },
      [
        ...resource(DISASTER + 1, "volume#1/0", { kind: "ec2.volume", id: "vol-0feedface00000001", step: "volume" }),
        { t: DISASTER + 40, type: "abort-requested", reason: "SIGINT" },
      ],
      {
        outcome: "aborted",
        failure: failure({
          code: "aborted",
          message: "step volume was stopped (SIGINT)",
          fixer: "operator",
          consequence: "aborted",
        }),
      },
    ),
    skipped("attach", "recover", "ebs.attach-volume", DISASTER + 41),
    phaseEnd("recover", DISASTER + 41, "aborted"),
    { t: DISASTER + 41, type: "phase-started", phase: "verify" },
    skipped("checksum", "verify", "ebs.verify-checksum", DISASTER + 41),
    phaseEnd("verify", DISASTER + 41, "skipped"),
    { t: DISASTER + 42, type: "phase-started", phase: "teardown" },
    { t: DISASTER + 43, type: "resource-deleting", key: "volume#1/0" },
    {
      t: DISASTER + 90,
      type: "resource-leaked",
      key: "volume#1/0",
      failure: failure({ code: "still-there", message: "ec2:DeleteVolume was denied (UnauthorizedOperation)" }),
    },
    ...destroyed(DISASTER + 91, "copy#1/0"),
    phaseEnd("teardown", DISASTER + 95, "failed"),
    finished(DISASTER + 95, {
      outcome: "aborted",
      exitCode: 6,
      leftovers: [{ kind: "ec2.volume", region: "us-west-2", id: "vol-0feedface00000001" }],
    }),
  ];
}

/** The process was killed ten seconds into the restore, and the run was taken up again five minutes later. */
export function resumedRehearsal(): Timed[] {
  const [CUT, STILL] = [DISASTER + 10, 300];
  const events = passedRehearsal();
  const restored = events.findIndex((event) => event.type === "step-finished" && event.instance === "volume");
  return [
    ...events.slice(0, restored),
    {
      t: CUT + STILL,
      type: "run-resumed",
      versions: { gameday: "0.1.0", node: "20.20.0" },
      process: { pid: 4343, host: "runner" },
      gapMs: STILL * 1_000,
    },
    stepStart({ id: "volume", phase: "recover", uses: "ebs.restore-volume", from: CUT + STILL }),
    ...events.slice(restored).map((event) => ({ ...event, t: event.t + STILL })),
  ];
}

/** The machine slept for so many seconds, `at` seconds after the run's start: every event from then on is later. */
export function slept(events: readonly Timed[], at: number, seconds: number): Timed[] {
  const woken = events.findIndex(({ t }) => t > at);
  return [
    ...events.slice(0, woken),
    {
      t: at + seconds,
      type: "finding",
      code: "clock-jumped",
      severity: "warning",
      message: "the machine slept",
      clockJumpMs: seconds * 1_000,
    },
    ...events.slice(woken).map((event) => ({ ...event, t: event.t + seconds })),
  ];
}

/** The process was killed in the middle of `recover`: no end, a step without an outcome. */
export function cutOffRun(at: { readonly endpoint?: string } = { endpoint: "http://127.0.0.1:4566" }): Timed[] {
  return [
    started(at),
    identity(0.5),
    ...prepared(),
    { t: DISASTER, type: "phase-started", phase: "recover" },
    { t: DISASTER, type: "disaster-declared" },
    stepStart({ id: "volume", phase: "recover", uses: "ebs.restore-volume", from: DISASTER }),
    ...resource(DISASTER + 1, "volume#1/0", { kind: "ec2.volume", id: "vol-0feedface00000001", step: "volume" }),
    { t: DISASTER + 5, type: "step-progress", instance: "volume", message: "vol-0feedface00000001 is creating" },
  ];
}

export function prepared(): Timed[] {
  return phase("prepare", 1, DISASTER, [
    ...step({ id: "marker", phase: "prepare", uses: "ebs.write-marker", from: 1, to: 9 }, [
      call(2, "CreateSnapshot", "us-east-1"),
    ]),
    ...step({ id: "copy", phase: "prepare", uses: "ebs.wait-for-dr-copy", from: 9, to: DISASTER }, [
      call(10, "DescribeSnapshots", "us-west-2"),
      call(70, "DescribeSnapshots", "us-west-2"),
      call(130, "DescribeSnapshots", "us-west-2", { errorCode: "RequestLimitExceeded" }),
      ...resource(11, "copy#1/0", { kind: "ec2.snapshot", id: "snap-0d0d0d0d000000002", step: "copy" }),
      {
        t: DISASTER - 1,
        type: "recovery-point",
        instance: "copy",
        recoveryPointId: "snap-0d0d0d0d000000002",
        sourceId: "snap-0a0a0a0a000000001",
        sourceStartTime: iso(60),
        copyStartTime: iso(120),
        copyCompletionTime: iso(2_460),
        markerWrittenAt: iso(5),
        basis: "scheduled",
        sizeBytes: 8 * 1024 ** 3,
        encrypted: true,
        kmsKeyId: "arn:aws:kms:us-west-2:111122223333:key/11112222-3333-4444-5555-666677778888",
      },
    ]),
  ]);
}

function recovered(): Timed[] {
  return [
    { t: DISASTER, type: "phase-started", phase: "recover" },
    { t: DISASTER, type: "disaster-declared" },
    ...step({ id: "volume", phase: "recover", uses: "ebs.restore-volume", from: DISASTER, to: DISASTER + 20 }, [
      call(DISASTER + 1, "CreateVolume", "us-west-2"),
      ...resource(DISASTER + 1, "volume#1/0", { kind: "ec2.volume", id: "vol-0feedface00000001", step: "volume" }),
    ]),
    ...step({ id: "attach", phase: "recover", uses: "ebs.attach-volume", from: DISASTER + 20, to: DISASTER + 200 }, [
      ...resource(DISASTER + 25, "attach#1/0", { kind: "ec2.attachment", id: "vol-0feedface00000001", step: "attach" }),
      { t: DISASTER + 160, type: "people-wait", instance: "attach", prompt: "Confirm the host", durationMs: 60_000 },
    ]),
    phaseEnd("recover", DISASTER + 200, "passed"),
  ];
}

function checked(t: number, passed: boolean): Timed {
  return {
    t,
    type: "data-checked",
    instance: "checksum",
    check: "file-manifest",
    passed,
    summary: passed ? "214 files are as they were before the backup" : "2 of 214 files differ",
    algorithm: "sha256",
    expected: "aa11".padEnd(64, "0"),
    actual: (passed ? "aa11" : "bb22").padEnd(64, "0"),
    counts: { files: 214, bytes: 14 * 1024 ** 2 },
    ...(passed ? {} : { differences: ["data/ledger.db: sha256 differs", "data/marker.json: missing"] }),
  };
}

export function finished(t: number, end: Partial<Extract<RunEvent, { type: "run-finished" }>>): Timed {
  return { t, type: "run-finished", outcome: "passed", exitCode: 0, leftovers: [], ...end };
}

export { RUN_ID };
