import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/engine/events.ts";
import { withoutSecrets } from "../../src/engine/free-text.ts";
import { Redaction } from "../../src/engine/redaction.ts";

describe("a record", () => {
  const redaction = new Redaction();
  for (const word of ["volume", "verify", "us-west-2", "ec2.volume", "restore", "vol-0123456789abcdef0", "ebs"])
    redaction.add(word);

  it("keeps its kinds, phases, steps, ids and Regions, and loses what people and programs said", () => {
    const resource = {
      key: "restore/volume",
      kind: "ec2.volume",
      region: "us-west-2",
      token: "t",
      step: "restore",
      attributes: { volumeId: "vol-0123456789abcdef0" },
    };
    const intended = { type: "resource-intended", resource } as never as RunEvent;
    expect(withoutSecrets(intended, redaction)).toBe(intended);
    const step = {
      phase: "verify",
      step: "restore",
      instance: "restore",
      attempt: 1,
      uses: "ebs.restore-volume",
    } as const;
    expect(
      withoutSecrets({ type: "step-started", ...step, input: { region: "us-west-2", note: "of volume" } }, redaction),
    ).toEqual({
      type: "step-started",
      ...step,
      input: { region: "us-west-2", note: "of [redacted]" },
    });
    const failure = {
      code: "volume",
      message: "the volume is gone",
      fixer: "operator",
      resourceId: "vol-0123456789abcdef0",
    } as const;
    expect(withoutSecrets({ type: "resource-leaked", key: "restore/volume", failure }, redaction)).toEqual({
      type: "resource-leaked",
      key: "restore/volume",
      failure: { ...failure, message: "the [redacted] is gone" },
    });
  });
});

describe("what of an event is blanked", () => {
  const redaction = new Redaction();
  redaction.add("hunter22");
  const told = (event: object) => withoutSecrets(event as RunEvent, redaction);

  it("are keys and values of what a step was given and has yielded, however deep", () => {
    const outputs = { list: ["hunter22", 5, null, true, { hunter22: "is hunter22" }], "a-hunter22": undefined };
    expect(told({ type: "step-finished", step: "hunter22", outputs, reason: "for hunter22" })).toEqual({
      type: "step-finished",
      step: "hunter22",
      outputs: { list: ["[redacted]", 5, null, true, { "[redacted]": "is [redacted]" }], "a-hunter22": undefined },
      reason: "for [redacted]",
    });
    expect(told({ type: "step-started", input: ["hunter22"] })).toEqual({
      type: "step-started",
      input: ["[redacted]"],
    });
    expect(told({ type: "step-started", input: null })).toEqual({ type: "step-started", input: null });
  });

  it("are a failure's words and not its names", () => {
    const names = {
      code: "hunter22",
      fixer: "hunter22",
      consequence: "hunter22",
      resourceId: "hunter22",
      awsRequestId: "hunter22",
    };
    const words = { message: "hunter22", next: "hunter22", details: ["hunter22"] };
    expect(told({ type: "run-finished", failure: { ...names, ...words } })).toEqual({
      type: "run-finished",
      failure: { ...names, message: "[redacted]", next: "[redacted]", details: ["[redacted]"] },
    });
    expect(told({ type: "step-finished", outputs: { code: "hunter22" } })).toMatchObject({
      outputs: { code: "[redacted]" },
    });
  });

  it("is nothing where no secret is known", () => {
    const event = { type: "finding", message: "hunter22" } as RunEvent;
    expect(withoutSecrets(event, new Redaction())).toBe(event);
  });
});
