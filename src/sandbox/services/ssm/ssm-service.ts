import type * as Client from "@aws-sdk/client-ssm";
import type { CommandInvocation, GetCommandInvocationResult, InstanceInformation } from "@aws-sdk/client-ssm";
import { isoInstant } from "../../../time/clock.ts";
import { defineService, type SandboxService } from "../../gateway/sandbox-service.ts";
import { jsonRpc } from "../../protocols/json-rpc.ts";
import { AwsError, type Handlers } from "../../service.ts";
import type { Ec2 } from "../ec2/ec2.ts";
import { imageParameter } from "../ec2/images.ts";
import type { Instance } from "../ec2/model.ts";
import { unknownCommand, type Command, type Commands, type Invocation } from "./commands.ts";
import { commandRequest, isOnline } from "./send-command.ts";

/** Characters of output that ListCommandInvocations returns. */
const LISTED_CHARACTERS = 2_500;

/** Systems Manager: Run Command on the hosts, and the public parameters that name images. */
export function ssmService(ec2: Ec2, commands: Commands): SandboxService<object> {
  return defineService<typeof Client>({
    name: "ssm",
    signingNames: ["ssm"],
    protocols: [jsonRpc("1.1")],
    loadSchemas: () => import("@aws-sdk/client-ssm"),
    handlers: { ...commandHandlers(ec2, commands), ...lookUpHandlers(ec2) },
  });
}

function commandHandlers(ec2: Ec2, commands: Commands): Handlers<typeof Client> {
  return {
    SendCommand: (input, at) => {
      const { command, instances } = commandRequest(ec2, input, at);
      return { Command: describedCommand(commands.send(command, instances)) };
    },
    GetCommandInvocation: ({ CommandId, InstanceId }, at) => {
      const command = commands.find(at.region, CommandId, at.now);
      const invocation = command?.invocations.find(({ instanceId }) => instanceId === InstanceId);
      if (!command || !invocation) throw new AwsError("InvocationDoesNotExist", "");
      return describedInvocation(command, invocation);
    },
    ListCommandInvocations: ({ CommandId, InstanceId, Details }, at) => {
      const command = CommandId === undefined ? undefined : commands.find(at.region, CommandId, at.now);
      const listed = CommandId === undefined ? [...commands.sent(at.region)] : command ? [command] : [];
      return {
        CommandInvocations: listed.flatMap((one) =>
          one.invocations
            .filter(({ instanceId }) => instanceId === (InstanceId ?? instanceId))
            .map((invocation) => listedInvocation(one, invocation, Details === true)),
        ),
      };
    },
    ListCommands: ({ CommandId }, at) => ({
      Commands: [...commands.sent(at.region)].filter(({ id }) => id === (CommandId ?? id)).map(describedCommand),
    }),
    CancelCommand: ({ CommandId, InstanceIds }, at) => {
      const command = commands.find(at.region, CommandId, at.now);
      if (!command) throw unknownCommand();
      commands.cancel(command, InstanceIds, at.now);
      return {};
    },
  };
}

function lookUpHandlers(ec2: Ec2): Handlers<typeof Client> {
  return {
    DescribeInstanceInformation: (input, at) => {
      const wanted = [
        ...(input.Filters ?? []).map(({ Key, Values }) => ({ key: Key, values: Values ?? [] })),
        ...(input.InstanceInformationFilterList ?? []).map(({ key, valueSet }) => ({ key, values: valueSet ?? [] })),
      ];
      const online = [...ec2.region(at.region).instances].filter(isOnline);
      const matching = online.filter((instance) =>
        wanted.every(({ key, values }) => values.includes(fact(instance, key))),
      );
      return { InstanceInformationList: matching.map((instance) => describedAgent(instance, at.now)) };
    },
    GetParameter: ({ Name }, at) => {
      const Value = imageParameter(at.region, Name ?? "");
      if (Value === undefined) throw new AwsError("ParameterNotFound", "");
      return { Parameter: parameter(at.region, Name!, Value) };
    },
    GetParameters: ({ Names = [] }, at) => {
      const found = Names.filter((name) => imageParameter(at.region, name) !== undefined);
      return {
        Parameters: found.map((name) => parameter(at.region, name, imageParameter(at.region, name)!)),
        InvalidParameters: Names.filter((name) => !found.includes(name)),
      };
    },
  };
}

function describedCommand(command: Command): Client.Command {
  const ended = command.invocations.filter(({ endedAt }) => endedAt !== undefined);
  const last = command.invocations.at(-1);
  return {
    CommandId: command.id,
    DocumentName: command.documentName,
    DocumentVersion: "$DEFAULT",
    Comment: command.comment,
    Parameters: Object.fromEntries(Object.entries(command.parameters).map(([name, values]) => [name, [...values]])),
    InstanceIds: command.invocations.map(({ instanceId }) => instanceId),
    Targets: [],
    RequestedDateTime: new Date(command.requestedAt),
    ExpiresAfter: new Date(command.requestedAt + command.deliveryTimeoutSeconds * 1_000 + command.executionTimeoutMs),
    TimeoutSeconds: command.deliveryTimeoutSeconds,
    Status: last?.status ?? "Success",
    StatusDetails: last?.statusDetails ?? "NoInstancesInTag",
    TargetCount: command.invocations.length,
    CompletedCount: ended.length,
    ErrorCount: ended.filter(({ status }) => status !== "Success").length,
    MaxConcurrency: "50",
    MaxErrors: "0",
  };
}

function describedInvocation(command: Command, invocation: Invocation): GetCommandInvocationResult {
  const { startedAt, endedAt } = invocation;
  return {
    CommandId: command.id,
    InstanceId: invocation.instanceId,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: "$DEFAULT",
    PluginName: "aws:runShellScript",
    ResponseCode: invocation.responseCode,
    ExecutionStartDateTime: startedAt === undefined ? "" : isoInstant(startedAt),
    ExecutionEndDateTime: endedAt === undefined ? "" : isoInstant(endedAt),
    ExecutionElapsedTime: elapsed(invocation),
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    StandardOutputContent: invocation.stdout,
    StandardOutputUrl: "",
    StandardErrorContent: invocation.stderr,
    StandardErrorUrl: "",
  };
}

function elapsed({ startedAt, endedAt }: Invocation): string {
  return startedAt === undefined || endedAt === undefined ? "" : `PT${((endedAt - startedAt) / 1_000).toFixed(3)}S`;
}

function listedInvocation(command: Command, invocation: Invocation, details: boolean): CommandInvocation {
  const output = `${invocation.stdout}${invocation.stderr && `\n----------ERROR-------\n${invocation.stderr}`}`;
  return {
    CommandId: command.id,
    InstanceId: invocation.instanceId,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: "$DEFAULT",
    RequestedDateTime: new Date(command.requestedAt),
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    CommandPlugins: details
      ? [
          {
            Name: "aws:runShellScript",
            Status: invocation.status === "Cancelling" ? "InProgress" : invocation.status,
            StatusDetails: invocation.statusDetails,
            ResponseCode: invocation.responseCode,
            Output: output.slice(0, LISTED_CHARACTERS),
          },
        ]
      : [],
  };
}

/** What a filter of DescribeInstanceInformation compares with. */
function fact(instance: Instance, key: string | undefined): string {
  if (key === "InstanceIds") return instance.id;
  if (key === "PingStatus") return "Online";
  if (key === "PlatformTypes") return "Linux";
  if (key === "ResourceType") return "EC2Instance";
  if (key?.startsWith("tag:")) return instance.tags.get(key.slice("tag:".length)) ?? "";
  throw new AwsError("InvalidFilterKey", `The filter ${key} is not valid.`);
}

function describedAgent(instance: Instance, now: number): InstanceInformation {
  return {
    InstanceId: instance.id,
    PingStatus: "Online",
    LastPingDateTime: new Date(now),
    AgentVersion: "3.3.2299.0",
    IsLatestVersion: true,
    PlatformType: "Linux",
    PlatformName: "Amazon Linux",
    PlatformVersion: "2023",
    ResourceType: "EC2Instance",
    IPAddress: instance.privateIp,
    ComputerName: `ip-${instance.privateIp.replaceAll(".", "-")}.ec2.internal`,
  };
}

function parameter(region: string, Name: string, Value: string): Client.Parameter {
  return { Name, Value, Type: "String", DataType: "text", Version: 1, ARN: `arn:aws:ssm:${region}::parameter${Name}` };
}
