import type { Instance } from "@aws-sdk/client-ec2";
import { Failure } from "../../engine/failure.ts";
import type { StepContext } from "../../engine/step-kind.ts";
import type { DrillServices } from "../services.ts";

type Context = StepContext<DrillServices>;

/** An agent that has not reported by then has no permission or no way to SSM, and never will. */
const ONLINE_MS = 8 * 60_000;
const ENDING: ReadonlySet<string | undefined> = new Set(["shutting-down", "terminated", "stopping", "stopped"]);

export async function untilRunning(ctx: Context, region: string, id: string): Promise<Instance> {
  const { seen } = await ctx.services.watch.until({
    region,
    kind: "ec2.instance",
    id,
    judge: ({ seen: instance }) => {
      if (instance?.State?.Name === "running") return "done";
      if (instance && !ENDING.has(instance.State?.Name)) return "wait";
      return { failed: notRunning(region, id, instance) };
    },
  });
  return seen!;
}

function notRunning(region: string, id: string, instance: Instance | undefined): Failure {
  const reason = instance?.StateReason?.Message ?? instance?.StateTransitionReason ?? "";
  return new Failure({
    code: "instance-not-running",
    message: instance
      ? `${id} in ${region} is ${instance.State?.Name}${reason ? `: ${reason}` : ""}`
      : `There is no instance ${id} in ${region}`,
    fixer: "operator",
    next: "an encrypted root volume whose key cannot be used ends an instance at once: check the key and the image",
    resourceId: id,
  });
}

export async function untilStatusOk(ctx: Context, region: string, id: string): Promise<void> {
  await ctx.services.watch.until({
    region,
    kind: "ec2.instance-status",
    id,
    judge: ({ seen }) => {
      const [system, instance] = [seen?.SystemStatus?.Status, seen?.InstanceStatus?.Status];
      if (system === "ok" && instance === "ok") return "done";
      const impaired = system === "impaired" || instance === "impaired";
      return impaired ? { failed: statusImpaired(region, id) } : "wait";
    },
  });
}

function statusImpaired(region: string, id: string): Failure {
  return new Failure({
    code: "instance-impaired",
    message: `${id} in ${region} fails its status checks`,
    fixer: "AWS",
    next: "launch again; if it happens again, try another instance type or Availability Zone",
    resourceId: id,
  });
}

export async function untilOnline(ctx: Context, region: string, id: string): Promise<void> {
  const began = ctx.clock.monotonic();
  await ctx.services.watch.until({
    region,
    kind: "ssm.managed-instance",
    id,
    judge: ({ seen }) => {
      if (seen?.PingStatus === "Online") return "done";
      return ctx.clock.monotonic() - began < ONLINE_MS ? "wait" : { failed: neverOnline(region, id, seen?.PingStatus) };
    },
  });
}

function neverOnline(region: string, id: string, ping: string | undefined): Failure {
  return new Failure({
    code: "host-not-managed",
    message: `${id} in ${region} is running but SSM does not reach it (${ping ?? "its agent has never reported"})`,
    fixer: "operator",
    next: "give it an instance profile with AmazonSSMManagedInstanceCore and a way to the ssm, ssmmessages and ec2messages endpoints",
    resourceId: id,
  });
}
