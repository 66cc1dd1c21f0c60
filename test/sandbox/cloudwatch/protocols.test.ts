import { cbor } from "@smithy/core/cbor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../signed-request.ts";
import { handDriven, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;

beforeAll(async () => {
  driven = await handDriven();
});
afterAll(() => driven.close());

function post(
  path: string,
  options: { body: string | Uint8Array; headers: Record<string, string> },
): Promise<Response> {
  return send(driven.sandbox, { service: "monitoring", path, ...options });
}

async function inCbor(operation: string, input: object): Promise<unknown> {
  const path = `/service/GraniteServiceVersion20100801/operation/${operation}`;
  const headers = { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" };
  const answer = await post(path, { body: cbor.serialize(input), headers });
  expect(answer.headers.get("smithy-protocol")).toBe("rpc-v2-cbor");
  return cbor.deserialize(new Uint8Array(await answer.arrayBuffer()));
}

async function inQuery(parameters: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ Version: "2010-08-01", ...parameters }).toString();
  return (await post("/", { body, headers: { "content-type": "application/x-www-form-urlencoded" } })).text();
}

it("CloudWatch tells the same in CBOR, query and JSON", async () => {
  await inCbor("PutMetricAlarm", {
    AlarmName: "errors",
    Namespace: "App",
    MetricName: "Errors",
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1.5,
    ComparisonOperator: "GreaterThanThreshold",
    Dimensions: [{ Name: "Host", Value: "a" }],
  });
  await inQuery({
    Action: "PutMetricData",
    Namespace: "App",
    "MetricData.member.1.MetricName": "Errors",
    "MetricData.member.1.Value": "2",
    "MetricData.member.1.Dimensions.member.1.Name": "Host",
    "MetricData.member.1.Dimensions.member.1.Value": "a",
  });
  expect(await inCbor("DescribeAlarms", {})).toMatchObject({
    MetricAlarms: [
      { AlarmName: "errors", StateValue: "ALARM", Threshold: 1.5, Dimensions: [{ Name: "Host", Value: "a" }] },
    ],
  });
  const xml = await inQuery({ Action: "DescribeAlarms", "AlarmNames.member.1": "errors" });
  expect(xml).toContain(
    "<DescribeAlarmsResult><CompositeAlarms></CompositeAlarms><MetricAlarms><member><AlarmName>errors</AlarmName>",
  );
  expect(xml).toContain("<StateValue>ALARM</StateValue>");
});

it("and refuses in each", async () => {
  expect(await inCbor("SetAlarmState", { AlarmName: "none", StateValue: "OK", StateReason: "x" })).toMatchObject({
    __type: "ResourceNotFound",
  });
  const xml = await inQuery({ Action: "SetAlarmState", AlarmName: "none", StateValue: "OK", StateReason: "x" });
  expect(xml).toContain("<Error><Type>Sender</Type><Code>ResourceNotFound</Code>");
});
