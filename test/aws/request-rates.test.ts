import { describe, expect, it } from "vitest";
import { RequestRates } from "../../src/aws/request-rates.ts";
import { throttle } from "../../src/sandbox/gateway/throttle.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { startAwsRig } from "./aws-rig.ts";

const CALLER = { service: "ec2", principalArn: "arn:aws:iam::111122223333:user/gameday", requestId: "r" };
const FILTERED = { Filters: [{ Name: "tag:a", Values: ["b"] }] };
const REGION = "us-west-2";

interface Sent {
  readonly operation: string;
  readonly region: string;
}

/** Sends requests as the rates let them to buckets as EC2's; how many were refused, and the time until the last was sent. */
async function sendAll(requests: readonly Sent[]) {
  const clock = new VirtualClock({ speed: 0 });
  const rates = new RequestRates(clock);
  const intercept = throttle();
  const began = clock.monotonic();
  let [refused, tookMs] = [0, 0];
  await Promise.all(
    requests.map(async ({ operation, region }, index) => {
      const answered = await rates.pass({ service: "ec2", region }, operation, { urgent: false });
      tookMs = Math.max(tookMs, clock.monotonic() - began);
      await clock.sleep((index * 37) % 500);
      const input = operation.startsWith("Describe") ? FILTERED : {};
      if (intercept({ ...CALLER, operation, region, input, now: clock.monotonic() })) refused++;
      await clock.sleep((index * 17) % 100);
      answered();
    }),
  );
  return { refused, tookMs };
}

const many = (operation: string, count: number, region = REGION) =>
  Array.from({ length: count }, () => ({ operation, region }));

describe("EC2's request rates", () => {
  it.each([
    ["CreateVolume", 200, 100, 5],
    ["DeleteVolume", 200, 100, 5],
    ["DeleteSnapshot", 200, 100, 5],
    ["CopySnapshot", 200, 50, 5],
    ["AttachVolume", 200, 50, 5],
    ["DescribeVolumes", 500, 100, 20],
    ["CreateTags", 200, 100, 10],
    ["TerminateInstances", 200, 100, 5],
    ["RunInstances", 20, 5, 2],
  ])(
    "%s: not one of %d is refused, and they take little longer than EC2 demands",
    async (operation, count, capacity, refill) => {
      const { refused, tookMs } = await sendAll(many(operation, count));
      expect(refused).toBe(0);
      const leastMs = ((count - capacity) / refill) * 1_000;
      expect(tookMs).toBeLessThan(1.15 * leastMs + 700);
    },
  );

  it("are counted together for what shares a bucket, and apart for what does not", async () => {
    const shared = [...many("CreateVolume", 90), ...many("CreateSnapshot", 90)];
    expect((await sendAll([...shared, ...many("AttachVolume", 90), ...many("DescribeVolumes", 180)])).refused).toBe(0);
    const apart = [...many("CreateVolume", 90), ...many("AttachVolume", 40), ...many("CreateVolume", 90, "us-east-1")];
    expect((await sendAll(apart)).tookMs).toBeLessThan(700);
  });

  it("hold up nothing but EC2", async () => {
    const clock = new VirtualClock({ speed: 0 });
    const rates = new RequestRates(clock);
    const began = clock.monotonic();
    const address = { service: "ssm", region: REGION };
    for (let call = 0; call < 500; call++) await rates.pass(address, "GetCommandInvocation", { urgent: false });
    expect(clock.monotonic() - began).toBeLessThan(500);
  });
});

describe("a connection to a sandbox that enforces the rates", () => {
  it("has no request refused, and its polls do not wait for the requests of steps", async () => {
    const rig = await startAwsRig({ throttling: true });
    try {
      const scope = rig.scope();
      const ec2 = await scope.aws.ec2(REGION);
      const { VolumeId: id = "" } = await ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 });
      const began = rig.clock.monotonic();
      const looks = Promise.all(Array.from({ length: 180 }, () => ec2.describeVolumes(FILTERED)));
      await scope.watch.until({ region: REGION, kind: "ec2.volume", id, judge: () => "done" });
      const seenMs = rig.clock.monotonic() - began;
      await looks;
      const lastMs = rig.clock.monotonic() - began;
      expect(lastMs).toBeGreaterThan(4_000);
      expect(seenMs).toBeLessThan(lastMs / 3);
      const calls = rig.sandbox.world.log.filter(({ what }) => what === "call");
      expect(calls.filter(({ state }) => state !== "200")).toEqual([]);
      expect(calls.length).toBeGreaterThan(180);
    } finally {
      await rig.close();
    }
  });

  it("sends nothing any more that was still waiting when its scope was aborted", async () => {
    const rig = await startAwsRig({ throttling: true });
    try {
      const scope = rig.scope();
      const ec2 = await scope.aws.ec2(REGION);
      const outcomes = await Promise.all(
        Array.from({ length: 150 }, () =>
          ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 }).then(
            () => scope.abort(new Error("stop")),
            (error: Error) => error.message,
          ),
        ),
      );
      const created = rig.sandbox.world.log.filter(({ id }) => id === "ec2:CreateVolume").length;
      expect(created).toBeLessThanOrEqual(96);
      expect(outcomes.filter((outcome) => outcome === "stop")).toHaveLength(150 - created);
    } finally {
      await rig.close();
    }
  });
});
