import type { GetCommandInvocationResult } from "@aws-sdk/client-ssm";
import { awsErrorCode } from "../../aws/error-codes.ts";
import { Failure } from "../../engine/failure.ts";
import type { Permission } from "../../engine/permission.ts";
import type { ServiceScope } from "../../engine/step-kind.ts";
import type { DrillServices } from "../services.ts";
import { newNonce, readTold, renderScript, type HostScript } from "./host-script.ts";
import { SCRIPT_ERRORS } from "./script-errors.ts";

export interface HostRun {
  readonly region: string;
  readonly instanceId: string;
  /** What is being done there, for people. */
  readonly purpose: string;
  readonly script: HostScript;
  /** How long it may run. */
  readonly timeoutSeconds?: number;
}

export interface HostAnswer {
  /** What the script told, by key. */
  readonly told: ReadonlyMap<string, string>;
  /** How long it ran, in milliseconds: the service's figure where it gives one. */
  readonly elapsedMs: number;
}

export const HOST_PERMISSIONS: readonly Permission[] = [
  {
    actions: ["ssm:SendCommand"],
    resources: ["arn:aws:ssm:*::document/AWS-RunShellScript", "arn:aws:ec2:*:{account}:instance/*"],
  },
  { actions: ["ssm:GetCommandInvocation", "ssm:CancelCommand", "ssm:DescribeInstanceInformation"] },
];

/** How long a command may wait to be taken up by the agent (SendCommand, TimeoutSeconds: delivery only). */
const DELIVERY_SECONDS = 600;
const RUN_SECONDS = 4 * 3600;
const ENDED: ReadonlySet<string | undefined> = new Set(["Success", "Cancelled", "TimedOut", "Failed"]);
const SHOWN_LINES = 10;
const LONGEST_DETAIL = 200;

/** Runs a script on a host through SSM and returns what it told. The script must be harmless to repeat: SendCommand has no token. */
export async function runOnHost(scope: ServiceScope, services: DrillServices, run: HostRun): Promise<HostAnswer> {
  const nonce = newNonce();
  const began = scope.clock.monotonic();
  const commandId = await send(services, run, renderScript(run.script, nonce));
  const invocation = await ended(services, run, commandId);
  const told = readTold(invocation.StandardOutputContent ?? "", nonce);
  assertSuccess(run, invocation, told);
  return { told, elapsedMs: elapsedOf(invocation) ?? scope.clock.monotonic() - began };
}

async function send({ aws }: DrillServices, run: HostRun, script: string): Promise<string> {
  const ssm = await aws.ssm(run.region);
  try {
    const { Command: command } = await ssm.sendCommand({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: [run.instanceId],
      Comment: `gameday: ${run.purpose}`.slice(0, 100),
      TimeoutSeconds: DELIVERY_SECONDS,
      Parameters: { commands: [script], executionTimeout: [String(run.timeoutSeconds ?? RUN_SECONDS)] },
    });
    return command?.CommandId ?? "";
  } catch (error) {
    if (awsErrorCode(error) === "InvalidInstanceId") throw notManaged(run, error);
    throw error;
  }
}

function notManaged({ instanceId, region }: HostRun, cause: unknown): Failure {
  return new Failure({
    code: "host-not-managed",
    message: `SSM in ${region} cannot reach ${instanceId}: it is not running, or has no SSM agent that is online`,
    fixer: "operator",
    next: "give it an instance profile with AmazonSSMManagedInstanceCore and a way to the ssm, ssmmessages and ec2messages endpoints",
    resourceId: instanceId,
    cause,
  });
}

async function ended(services: DrillServices, run: HostRun, commandId: string): Promise<GetCommandInvocationResult> {
  try {
    const { seen } = await services.watch.until({
      region: run.region,
      kind: "ssm.command",
      id: `${commandId}/${run.instanceId}`,
      judge: ({ seen: invocation }) => {
        if (!invocation) return { failed: lost(run, commandId) };
        return ENDED.has(invocation.Status) ? "done" : "wait";
      },
    });
    return seen!;
  } catch (error) {
    if (services.scope.signal.aborted) await cancel(services, run, commandId);
    throw error;
  }
}

/** Nobody waits for it any more, and it may still hold the volume: teardown needs it to let go. */
async function cancel({ aws }: DrillServices, { region, instanceId }: HostRun, commandId: string): Promise<void> {
  const ssm = await aws.ssm(region);
  await ssm.cancelCommand({ CommandId: commandId, InstanceIds: [instanceId] }).catch(() => undefined);
}

function lost({ instanceId, purpose }: HostRun, commandId: string): Failure {
  return new Failure({
    code: "host-command-lost",
    message: `SSM does not know command ${commandId} (${purpose}) on ${instanceId} any more`,
    fixer: "AWS",
    resourceId: instanceId,
  });
}

function assertSuccess(run: HostRun, invocation: GetCommandInvocationResult, told: ReadonlyMap<string, string>): void {
  const error = told.get("error");
  if (error !== undefined) throw scriptFailed(run, invocation, { code: error, detail: told.get("detail") });
  if (invocation.Status === "Success" && told.get("end") === "ok") return;
  const why =
    invocation.Status === "Success"
      ? "its output is cut off"
      : `${invocation.StatusDetails ?? invocation.Status} (exit code ${invocation.ResponseCode ?? "unknown"})`;
  throw new Failure({
    code: "host-command-failed",
    message: `${run.purpose} on ${run.instanceId} failed: ${why}`,
    fixer: "operator",
    next: `look at it: aws ssm get-command-invocation --region ${run.region} --command-id ${invocation.CommandId} --instance-id ${run.instanceId}`,
    details: lastLines(invocation),
    resourceId: run.instanceId,
  });
}

interface ToldError {
  readonly code: string;
  /** What it is about: the host's text. */
  readonly detail: string | undefined;
}

function scriptFailed(run: HostRun, invocation: GetCommandInvocationResult, { code, detail }: ToldError): Failure {
  const { message, fixer, next } = SCRIPT_ERRORS[code] ?? { message: code, fixer: "gameday" as const };
  const about = detail === undefined ? "" : ` (${detail.slice(0, LONGEST_DETAIL)})`;
  return new Failure({
    code: `host-${code}`,
    message: `${run.purpose} on ${run.instanceId} failed: ${message}${about}`,
    fixer,
    ...(next === undefined ? {} : { next }),
    details: lastLines(invocation),
    resourceId: run.instanceId,
  });
}

function lastLines({ StandardErrorContent: stderr = "" }: GetCommandInvocationResult): readonly string[] {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-SHOWN_LINES);
}

function elapsedOf({ ExecutionStartDateTime: start, ExecutionEndDateTime: end }: GetCommandInvocationResult) {
  const elapsed = Date.parse(end ?? "") - Date.parse(start ?? "");
  return Number.isFinite(elapsed) && elapsed >= 0 ? elapsed : undefined;
}
