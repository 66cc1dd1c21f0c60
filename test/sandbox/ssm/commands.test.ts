import type { SSM } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seedExistingInstance } from "../../../src/sandbox/seed.ts";
import { handDriven, MINUTE, refusal, SECOND, type HandDriven } from "../hand-driven.ts";

let aws: HandDriven;
let ssm: SSM;
let instanceId: string;

beforeAll(async () => {
  aws = await handDriven();
  ssm = aws.ssm("us-east-1");
  ({ instanceId } = await seedExistingInstance(aws.sandbox, { region: "us-east-1", drRegion: "us-west-2" }));
});
afterAll(() => aws.close());

async function send(commands: string[], parameters: Record<string, string[]> = {}): Promise<string> {
  const { Command } = await ssm.sendCommand({
    DocumentName: "AWS-RunShellScript",
    InstanceIds: [instanceId],
    Comment: "test",
    Parameters: { commands, ...parameters },
  });
  return Command!.CommandId!;
}

const look = (CommandId: string) => ssm.getCommandInvocation({ CommandId, InstanceId: instanceId });

async function finished(id: string) {
  await aws.pass(2 * SECOND);
  await aws.sandbox.services.commands.finished(id);
  return look(id);
}

it("is unknown at first, then pending, then really runs", async () => {
  const id = await send(["printf 'hello %s' \"$(expr 6 \\* 7)\"", "echo oops >&2"]);
  expect(await refusal(look(id))).toMatch("InvocationDoesNotExist");
  await aws.pass(500);
  expect(await look(id)).toMatchObject({ Status: "Pending", ResponseCode: -1, StandardOutputContent: "" });
  const done = await finished(id);
  expect(done).toMatchObject({
    Status: "Success",
    StatusDetails: "Success",
    ResponseCode: 0,
    StandardOutputContent: "hello 42",
    StandardErrorContent: "oops\n",
    DocumentName: "AWS-RunShellScript",
    Comment: "test",
  });
  expect(aws.history("ssm.command", id)).toEqual(["Pending", "InProgress", "Success"]);
});

it("fails with the script's exit code", async () => {
  expect(await finished(await send(["exit 7"]))).toMatchObject({ Status: "Failed", ResponseCode: 7 });
});

it("keeps the first 24,000 characters of stdout, 8,000 of stderr, and lists 2,500", async () => {
  const id = await send(["head -c 50000 /dev/zero | tr '\\0' x", "head -c 50000 /dev/zero | tr '\\0' y >&2"]);
  const { StandardOutputContent, StandardErrorContent } = await finished(id);
  expect([StandardOutputContent!.length, StandardErrorContent!.length]).toEqual([24_000, 8_000]);
  const { CommandInvocations } = await ssm.listCommandInvocations({ CommandId: id, Details: true });
  expect(CommandInvocations![0]!.CommandPlugins![0]!.Output).toHaveLength(2_500);
});

it("is cancelled, and its processes with it", async () => {
  const id = await send(['echo $$ > "$INSTANCE_ROOT/tmp/pid"', "sleep 600"]);
  await aws.pass(2 * SECOND);
  await ssm.cancelCommand({ CommandId: id });
  expect(await finished(id)).toMatchObject({ Status: "Cancelled", StatusDetails: "Cancelled" });
});

it("times out on the sandbox's clock", async () => {
  const id = await send(["sleep 600"], { executionTimeout: ["60"] });
  await aws.pass(2 * SECOND);
  const ended = aws.sandbox.services.commands.finished(id);
  // The script starts a few real milliseconds after its delivery; the clock must not have passed its time before.
  const hurry = setInterval(() => aws.clock.advance(61 * SECOND), 20);
  await ended;
  clearInterval(hurry);
  expect(await look(id)).toMatchObject({ Status: "TimedOut", StatusDetails: "ExecutionTimedOut" });
});

it("is refused for what it cannot run", async () => {
  const base = { DocumentName: "AWS-RunShellScript", InstanceIds: [instanceId], Parameters: { commands: ["true"] } };
  expect(await refusal(ssm.sendCommand({ ...base, InstanceIds: ["i-0123456789abcdef0"] }))).toMatch(
    "InvalidInstanceId: ",
  );
  expect(await refusal(ssm.sendCommand({ ...base, DocumentName: "Mine" }))).toMatch("InvalidDocument: ");
  expect(await refusal(ssm.sendCommand({ ...base, Parameters: {} }))).toMatch("InvalidParameters: ");
  expect(
    await refusal(ssm.sendCommand({ ...base, Parameters: { commands: ["true"], executionTimeout: ["0"] } })),
  ).toMatch("InvalidParameters: ");
  expect(await refusal(aws.ssm("us-west-2").sendCommand(base))).toMatch("InvalidInstanceId: ");
  expect(await refusal(ssm.getParameter({ Name: "/nobody/knows" }))).toMatch("ParameterNotFound");
});

it("cannot be delivered to an instance that has gone in the meantime", async () => {
  const other = await seedExistingInstance(aws.sandbox, { region: "eu-west-1", drRegion: "us-west-2", tags: {} });
  const europe = aws.ssm("eu-west-1");
  const { Command } = await europe.sendCommand({
    DocumentName: "AWS-RunShellScript",
    InstanceIds: [other.instanceId],
    Parameters: { commands: ["true"] },
  });
  await aws.ec2("eu-west-1").terminateInstances({ InstanceIds: [other.instanceId] });
  await aws.pass(MINUTE);
  const [CommandId, InstanceId] = [Command!.CommandId!, other.instanceId];
  expect(await europe.getCommandInvocation({ CommandId, InstanceId })).toMatchObject({
    Status: "Failed",
    StatusDetails: "Undeliverable",
  });
});
