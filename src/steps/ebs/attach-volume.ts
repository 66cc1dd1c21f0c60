import * as z from "zod";
import type { Instance } from "@aws-sdk/client-ec2";
import { awsErrorCode } from "../../aws/error-codes.ts";
import { instancesWith } from "../../aws/watch/kinds/instances.ts";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import { instanceIdShape, regionShape, volumeIdShape } from "../aws-shapes.ts";
import { defineStep } from "../define-step.ts";
import type { DrillServices } from "../services.ts";
import { findVolume } from "./find-volume.ts";

type Context = StepContext<DrillServices>;

/** The names AWS recommends for data volumes on Linux (EC2 User Guide, device naming). */
const DEVICES = [..."fghijklmnop"].map((letter) => `/dev/sd${letter}`);

export const attachVolume = defineStep({
  uses: "ebs.attach-volume",
  does: "Attaches a volume to an instance and waits until it is really attached",
  input: z.strictObject({
    volumeId: volumeIdShape,
    instanceId: instanceIdShape,
    region: regionShape.optional().describe("Where both are; the DR Region when absent"),
  }),
  output: z.object({
    volumeId: z.string(),
    instanceId: z.string(),
    device: z.string().describe("The name given to AttachVolume; on Nitro the kernel uses another"),
  }),
  permissions: [
    { actions: ["ec2:DescribeVolumes", "ec2:DescribeInstances"] },
    { actions: ["ec2:AttachVolume"], resources: ["arn:aws:ec2:*:{account}:volume/*"], tagged: "on-run-resource" },
    { actions: ["ec2:AttachVolume"], resources: ["arn:aws:ec2:*:{account}:instance/*"] },
  ],
  creates: ["ec2.attachment"],
  defaultTimeoutMs: 10 * 60_000,
  async run(ctx, { volumeId, instanceId, region = ctx.regions.dr }) {
    const where = { region, volumeId, instanceId };
    await checkZones(ctx, where);
    const made = await ctx.create("ec2.attachment", { region, attributes: { volumeId, instanceId } }, () =>
      attach(ctx, where),
    );
    await untilAttached(ctx, where);
    return { volumeId, instanceId, device: String(made.attributes?.["device"] ?? "") };
  },
});

interface Where {
  readonly region: string;
  readonly volumeId: string;
  readonly instanceId: string;
}

async function instanceOf({ services }: Context, { region, instanceId }: Where): Promise<Instance> {
  const look = { aws: services.aws, region };
  const [instance] = await instancesWith(look, [{ Name: "instance-id", Values: [instanceId] }]);
  if (instance) return instance;
  throw new Failure({
    code: "instance-not-found",
    message: `There is no instance ${instanceId} in ${region}`,
    fixer: "drill author",
    resourceId: instanceId,
  });
}

/** Tells a zone mismatch before AWS does, with both zones by name. */
async function checkZones(ctx: Context, where: Where): Promise<void> {
  const volume = await findVolume(ctx.services, where.region, { volumeId: where.volumeId });
  const instance = await instanceOf(ctx, where);
  const [theirs, ours] = [instance.Placement?.AvailabilityZone, volume.AvailabilityZone];
  if (theirs === ours) return;
  throw new Failure({
    code: "zone-mismatch",
    message: `${where.volumeId} is in ${ours} but ${where.instanceId} is in ${theirs}: a volume attaches only inside its zone`,
    fixer: "drill author",
    next: "restore the volume into the host's zone: availabilityZone of the launch-host step's output",
    resourceId: where.volumeId,
  });
}

/** Tries the free device names in turn: another step may take one between our look and our call. */
async function attach(ctx: Context, where: Where) {
  const { region, volumeId, instanceId } = where;
  const ec2 = await ctx.services.aws.ec2(region, { retries: false });
  const taken = new Set(
    (await instanceOf(ctx, where)).BlockDeviceMappings?.map(({ DeviceName }) => letterOf(DeviceName)),
  );
  for (const device of devicesFor(volumeId).filter((name) => !taken.has(letterOf(name)))) {
    try {
      await ec2.attachVolume({ VolumeId: volumeId, InstanceId: instanceId, Device: device });
      return { id: `${volumeId}@${instanceId}`, attributes: { device } };
    } catch (error) {
      if (!isDeviceTaken(error)) throw error;
    }
  }
  throw new Failure({
    code: "no-free-device",
    message: `${instanceId} has no free device name between ${DEVICES[0]} and ${DEVICES.at(-1)}`,
    fixer: "operator",
    next: "detach what is not needed, or use another host",
    resourceId: instanceId,
  });
}

/** Every volume begins elsewhere among the names, so that steps at the same time seldom ask for the same one. */
function devicesFor(volumeId: string): readonly string[] {
  const from = Number.parseInt(volumeId.slice(-4), 16) % DEVICES.length;
  return [...DEVICES.slice(from), ...DEVICES.slice(0, from)];
}

/** /dev/sdf and /dev/xvdf are the same place. */
function letterOf(device: string | undefined): string {
  return (device ?? "").replace(/^\/dev\/(sd|xvd)/, "");
}

function isDeviceTaken(error: unknown): boolean {
  return (
    awsErrorCode(error) === "InvalidParameterValue" && error instanceof Error && /already in use/i.test(error.message)
  );
}

/** How long Describe may not show an attachment that AttachVolume has confirmed (EC2 API, eventual consistency). */
const SETTLING_MS = 60_000;

async function untilAttached(ctx: Context, { region, volumeId, instanceId }: Where): Promise<void> {
  const began = ctx.clock.monotonic();
  await ctx.services.watch.until({
    region,
    kind: "ec2.volume",
    id: volumeId,
    judge: ({ seen }) => {
      const link = seen?.Attachments?.find((candidate) => candidate.InstanceId === instanceId);
      if (seen?.State === "in-use" && link?.State === "attached") return "done";
      const settling = ctx.clock.monotonic() - began < SETTLING_MS;
      if (seen && seen.State !== "error" && (link || settling)) return "wait";
      return { failed: attachFailed(volumeId, instanceId, seen?.State ?? "gone") };
    },
  });
}

/** An attachment whose key has become unusable fails late: the volume falls back to `available`. */
function attachFailed(volumeId: string, instanceId: string, state: string): Failure {
  return new Failure({
    code: "attach-failed",
    message: `${volumeId} did not stay attached to ${instanceId}: it is ${state}`,
    fixer: "operator",
    next: "check the volume's KMS key (disabled? pending deletion?); EventBridge's attachVolume event has the cause",
    resourceId: volumeId,
  });
}
