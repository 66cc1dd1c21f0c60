import type { SendCommandRequest } from "@aws-sdk/client-ssm";
import { AwsError, type RequestContext } from "../../service.ts";
import type { Ec2, Ec2Region } from "../ec2/ec2.ts";
import type { Instance } from "../ec2/model.ts";
import type { Command } from "./commands.ts";

const DOCUMENT = "AWS-RunShellScript";
const DEFAULT_EXECUTION_S = 3_600;
const LONGEST_EXECUTION_S = 172_800;
const DEFAULT_DELIVERY_S = 3_600;

/** What SendCommand asks for, checked as Run Command and the document check it. */
export function commandRequest(
  ec2: Ec2,
  input: SendCommandRequest,
  at: RequestContext,
): { readonly command: Omit<Command, "id" | "invocations">; readonly instances: readonly Instance[] } {
  const region = ec2.region(at.region);
  if (input.DocumentName?.split("/").at(-1) !== DOCUMENT) {
    throw new AwsError("InvalidDocument", `Document with name ${input.DocumentName} does not exist.`);
  }
  const parameters = input.Parameters ?? {};
  const unknown = Object.keys(parameters).find((name) => !KNOWN_PARAMETERS.has(name));
  if (unknown !== undefined || !parameters["commands"]?.length) {
    throw new AwsError(
      "InvalidParameters",
      unknown === undefined ? "commands is required" : `${unknown} is not a parameter of the document`,
    );
  }
  const command = {
    region,
    documentName: DOCUMENT,
    comment: input.Comment ?? "",
    parameters,
    script: `${parameters["commands"].join("\n")}\n`,
    directory: parameters["workingDirectory"]?.[0] || undefined,
    executionTimeoutMs: executionSeconds(parameters["executionTimeout"]?.[0]) * 1_000,
    deliveryTimeoutSeconds: input.TimeoutSeconds ?? DEFAULT_DELIVERY_S,
    requestedAt: at.now,
  };
  return { command, instances: targets(region, input, at.account) };
}

const KNOWN_PARAMETERS = new Set(["commands", "workingDirectory", "executionTimeout"]);

function executionSeconds(text: string | undefined): number {
  const seconds = Number(text || DEFAULT_EXECUTION_S);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_EXECUTION_S) return seconds;
  throw new AwsError("InvalidParameters", `executionTimeout must be 1 to ${LONGEST_EXECUTION_S} seconds`);
}

function targets(region: Ec2Region, input: SendCommandRequest, account: string): Instance[] {
  const named = input.InstanceIds ?? [];
  const invalid = named.filter((id) => !isOnline(region.instances.find(id)));
  if (invalid.length > 0) {
    throw new AwsError(
      "InvalidInstanceId",
      `Instances [[${invalid.join(", ")}]] not in a valid state for account ${account}`,
    );
  }
  if (named.length > 0) return region.instances.getAll([...new Set(named)]);
  const wanted = input.Targets ?? [];
  if (wanted.length === 0) throw new AwsError("InvalidParameters", "Specify InstanceIds or Targets.");
  return [...region.instances].filter(
    (instance) =>
      isOnline(instance) &&
      wanted.every(({ Key = "", Values = [] }) =>
        Key === "InstanceIds"
          ? Values.includes(instance.id)
          : Values.includes(instance.tags.get(Key.replace(/^tag:/, "")) ?? ""),
      ),
  );
}

/** Whether the instance's agent can be given commands. */
export function isOnline(instance: Instance | undefined): instance is Instance {
  return instance?.state === "running" && instance.onlineAt !== undefined;
}
