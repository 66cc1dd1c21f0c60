import { describe, expect, it } from "vitest";
import type { RunStarted } from "../../../src/engine/events.ts";
import { evidenceClassOf, whyNotLive } from "../../../src/evidence/attestation/evidence-class.ts";
import { call, identity, started } from "../events.ts";
import { recordOf, type Timed } from "../journaled.ts";
import { finished } from "../runs.ts";

const LIVE: Partial<RunStarted> = { mode: "live" };

/** A call without origins of its own, as journaled when they are those of the call before. */
function like(t: number, operation: string, region: string): Timed {
  const { origins: _origins, ...rest } = call(t, operation, region) as Timed & { readonly origins?: unknown };
  return rest as Timed;
}

function sent(t: number, region: string, ...origins: readonly string[]): Timed {
  return { ...call(t, "DescribeVolumes", region), origins } as Timed;
}

const whyOf = (events: readonly Timed[], run = LIVE) => whyNotLive(recordOf([started(run), ...events]));

describe("a run was live", () => {
  it("when every request went to AWS, whether each call says so or the first of its service and Region does", () => {
    const events = [call(0.2, "DescribeRegions", "us-east-1"), identity(0.5), like(1, "DescribeVolumes", "us-east-1")];
    expect(whyOf(events)).toBeUndefined();
    expect(evidenceClassOf(recordOf([started(LIVE), ...events]))).toBe("live");
  });

  it("when a call sent nothing, and the others went to AWS", () => {
    expect(
      whyOf([sent(0.2, "us-east-1"), sent(0.3, "us-east-1", "https://ec2.us-east-1.amazonaws.com"), identity(0.5)]),
    ).toBeUndefined();
  });

  it("in another partition at that partition's hosts", () => {
    const regions = { primary: "cn-north-1", dr: "cn-northwest-1", primaryLost: true };
    const at = (host: string) =>
      whyOf([sent(0.2, "cn-north-1", `https://${host}`), identity(0.5)], { ...LIVE, regions });
    expect(at("ec2.cn-north-1.amazonaws.com.cn")).toBeUndefined();
    expect(at("ec2.cn-north-1.amazonaws.com")).toContain("was sent to https://ec2.cn-north-1.amazonaws.com");
  });
});

describe("a run was not live", () => {
  const aws = (t: number) => sent(t, "us-east-1", "https://ec2.us-east-1.amazonaws.com");

  it.each([
    [
      "one request went elsewhere",
      [aws(0.1), identity(0.5), sent(1, "us-west-2", "http://127.0.0.1:4701")],
      "127.0.0.1:4701",
    ],
    [
      "one attempt of a call went elsewhere",
      [sent(0.1, "us-east-1", "https://ec2.us-east-1.amazonaws.com", "https://evil.test"), identity(0.5)],
      "evil.test",
    ],
    [
      "a later call of the service in the Region went elsewhere",
      [aws(0.1), identity(0.5), sent(1, "us-east-1", "http://[::1]:1")],
      "::1",
    ],
    [
      "the journal does not tell where a call went",
      [like(0.1, "DescribeRegions", "us-east-1"), identity(0.5)],
      "does not tell",
    ],
    ["it does not tell of one Region", [aws(0.1), identity(0.5), like(1, "DescribeVolumes", "us-west-2")], "us-west-2"],
    [
      "a call that sent nothing says nothing of the next",
      [sent(0.1, "us-east-1"), like(0.2, "X", "us-east-1"), identity(1)],
      "ec2:X",
    ],
    ["it has ended, and who AWS says it is was told by nobody", [identity(0.5), finished(2, {})], "no call"],
  ])("when %s", (_what, events, why) => {
    expect(whyOf(events)).toContain(why);
    expect(evidenceClassOf(recordOf([started(LIVE), ...events]))).toBe("emulated");
  });

  it("when it says so itself, or its account is an emulator's", () => {
    const events = [aws(0.1), identity(0.5)];
    expect(whyOf(events, { mode: "rehearsal" })).toContain("rehearsal");
    expect(whyOf(events, { mode: "rehearsal", endpoint: "http://127.0.0.1:4566" })).toContain("http://127.0.0.1:4566");
    expect(whyOf([aws(0.1), { ...identity(0.5), account: "000000000000" } as Timed])).toContain("000000000000");
  });
});
