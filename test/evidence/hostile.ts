import { call, destroyed, identity, phase, phaseEnd, resource, started, step } from "./events.ts";
import type { Timed } from "./journaled.ts";
import { finished } from "./runs.ts";

/** Everything a drill, a tag or an answer of AWS might try on whoever reads a report. */
export const HOSTILE = {
  markdown: "a|b `c` *d* _e_ [x](javascript:alert(1)) ![p](https://evil.example/p.png) # h",
  html: '<img src=x onerror=alert(1)><script>alert(1)</script><!-- &amp; "q"',
  terminal: "\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u009b1m",
  bidi: "abc\u202egnp.exe\u2066 \u200bzero",
  lines: "first\n## Verdict: PASSED\r\n| a | b |\n```\n> q",
  mermaid: "x :done, 2026-01-01, 1d\n section PASSED; #quot; %%{init: {}}%% click a href 'javascript:1'",
  template: "{{cell this}} {{{x}}} ${{ steps.a.b }}",
  mention: "@everyone www.evil.example http://evil.example javascript:alert(1) $x$ ~~s~~",
  list: "- item",
  number: "1. item",
  rule: "---",
} as const;

/** What steers a terminal or turns text around: control characters but the line feed, and bidirectional controls. */
export const STEERING = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;

const ALL = Object.values(HOSTILE).join(" ");

/** A run in which every text that is not gameday's own is hostile. */
export function hostileRun(): Timed[] {
  const hostileFailure = {
    code: HOSTILE.markdown,
    message: ALL,
    fixer: "AWS",
    next: ALL,
    details: Object.values(HOSTILE),
  } as const;
  const end = {
    outcome: "failed",
    failure: { ...hostileFailure, consequence: "verification", awsRequestId: HOSTILE.lines },
  } as const;
  const plan = (id: string, name: string) =>
    ({ id, name, phase: "recover", uses: "command.run", timeoutMs: 1, targetMs: 1_000 }) as const;
  return [
    started({
      drill: { name: HOSTILE.markdown, description: ALL, path: HOSTILE.html, sha256: HOSTILE.lines, text: "" },
      steps: [plan("volume", ALL), ...Object.entries(HOSTILE).map(([id, name]) => plan(id, name))],
      regions: { primary: HOSTILE.bidi, dr: HOSTILE.mention, primaryLost: true },
      controls: Object.values(HOSTILE),
    }),
    { ...identity(0.5), arn: HOSTILE.markdown, account: HOSTILE.lines } as Timed,
    { t: 0.6, type: "tool-used", tool: HOSTILE.html, version: HOSTILE.markdown, from: HOSTILE.lines },
    { t: 1, type: "phase-started", phase: "recover" },
    { t: 1, type: "disaster-declared" },
    ...Object.values(HOSTILE).flatMap((text, index) =>
      step({ id: text, phase: "recover", uses: text, from: 1, to: 2 + index }),
    ),
    ...step(
      { id: "volume", phase: "recover", uses: "command.run", from: 20, to: 30 },
      [
        { t: 21, type: "step-progress", instance: "volume", message: ALL },
        { t: 22, type: "people-wait", instance: "volume", prompt: ALL, durationMs: 1_000 },
        ...resource(23, "v#1/0", {
          kind: HOSTILE.markdown,
          id: HOSTILE.lines,
          region: HOSTILE.html,
          step: HOSTILE.mermaid,
        }),
        ...resource(23, "v#1/1", { kind: "ec2.volume", id: "vol-1", step: "volume" }),
        { t: 24, type: "finding", code: HOSTILE.html, severity: "critical", message: ALL, instance: HOSTILE.bidi },
        { ...call(25, HOSTILE.markdown, HOSTILE.html), service: HOSTILE.lines } as Timed,
        {
          t: 26,
          type: "recovery-point",
          instance: "volume",
          recoveryPointId: HOSTILE.markdown,
          sourceStartTime: HOSTILE.html,
        },
        {
          t: 27,
          type: "data-checked",
          instance: "volume",
          check: HOSTILE.markdown,
          passed: false,
          summary: ALL,
          algorithm: HOSTILE.html,
          expected: HOSTILE.terminal,
          actual: HOSTILE.lines,
          counts: { [HOSTILE.markdown]: 3 },
          differences: Object.values(HOSTILE),
        },
      ],
      end,
    ),
    phaseEnd("recover", 30, "failed"),
    ...phase("teardown", 30, 40, [
      { t: 31, type: "resource-leaked", key: "v#1/0", failure: hostileFailure },
      ...destroyed(32, "v#1/1"),
    ]),
    finished(41, { outcome: "verification-failed", exitCode: 6 }),
  ];
}
