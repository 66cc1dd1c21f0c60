import { DLM } from "@aws-sdk/client-dlm";
import { IAM } from "@aws-sdk/client-iam";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientSettings } from "../client-settings.ts";
import { handDriven, type HandDriven } from "../hand-driven.ts";

let driven: HandDriven;

beforeAll(async () => {
  driven = await handDriven({ throttling: false });
});
afterAll(() => driven.close());

/** Any text that XML 1.0 can carry, with much of what needs escaping. Line ends are XML's to change. */
const text = fc
  .array(fc.constantFrom(..."<>&\"'\\/%+=.?#{}[]()$ äß€😀\t,:;*ab1".match(/./gsu)!), { minLength: 1, maxLength: 40 })
  .map((all) => `a${all.join("")}b`);

const RUNS = { numRuns: 40 };

describe("what a client sends is what it gets back", () => {
  it("in the EC2 query protocol", async () => {
    const ec2 = driven.ec2("us-east-1");
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(text, text), { minLength: 1, maxLength: 5, selector: ([key]) => key }),
        async (pairs) => {
          const tags = pairs.map(([Key, Value]) => ({ Key, Value }));
          const tagged = [{ ResourceType: "volume" as const, Tags: tags }];
          const volume = await ec2.createVolume({ AvailabilityZone: "us-east-1a", Size: 1, TagSpecifications: tagged });
          expect(volume.Tags).toEqual(tags);
          const { Volumes: found } = await ec2.describeVolumes({
            Filters: [{ Name: `tag:${tags[0]!.Key}`, Values: [literal(tags[0]!.Value)] }],
          });
          expect(found?.map(({ VolumeId }) => VolumeId)).toContain(volume.VolumeId);
        },
      ),
      RUNS,
    );
  });

  it("in the query protocol", async () => {
    const iam = new IAM(clientSettings(driven.sandbox));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.uniqueArray(fc.tuple(text, text), { maxLength: 5, selector: ([key]) => key }),
        async (description, pairs) => {
          const document = JSON.stringify({
            Statement: [{ Effect: "Allow", Principal: { AWS: description }, Action: "sts:AssumeRole" }],
          });
          const name = `role-${count++}`;
          const tags = pairs.map(([Key, Value]) => ({ Key, Value }));
          await iam.createRole({
            RoleName: name,
            AssumeRolePolicyDocument: document,
            Description: description,
            Tags: tags,
          });
          const { Role: role } = await iam.getRole({ RoleName: name });
          expect(decodeURIComponent(role!.AssumeRolePolicyDocument!)).toBe(document);
          expect(role).toMatchObject({ RoleName: name, Description: description });
          expect(role!.Tags ?? []).toEqual(tags);
        },
      ),
      RUNS,
    );
  });

  it("in JSON", async () => {
    const kms = driven.kms("us-west-2");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 60 }), async (description) => {
        const { KeyMetadata: key } = await kms.createKey({ Description: description });
        const { KeyMetadata: found } = await kms.describeKey({ KeyId: key!.Arn! });
        expect(found).toEqual(key);
        expect(found?.Description).toBe(description);
      }),
      RUNS,
    );
  });

  it("in REST with JSON: labels, query string and body", async () => {
    const settings = clientSettings(driven.sandbox);
    await driven.iam().createRole({
      RoleName: "dlm",
      AssumeRolePolicyDocument: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { Service: "dlm.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
    });
    const dlm = new DLM(settings);
    const { PolicyId: id } = await dlm.createLifecyclePolicy({
      Description: "daily",
      State: "DISABLED",
      ExecutionRoleArn: "arn:aws:iam::111122223333:role/dlm",
      PolicyDetails: {
        ResourceTypes: ["VOLUME"],
        TargetTags: [{ Key: "Snapshot", Value: "true" }],
        Schedules: [{ Name: "s", CreateRule: { Interval: 24, IntervalUnit: "HOURS" }, RetainRule: { Count: 1 } }],
      },
    });
    const arn = `arn:aws:dlm:us-east-1:111122223333:policy/${id}`;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text, { minKeys: 1, maxKeys: 4 }), async (tags) => {
        await dlm.tagResource({ ResourceArn: arn, Tags: tags });
        expect((await dlm.listTagsForResource({ ResourceArn: arn })).Tags).toEqual(tags);
        await dlm.untagResource({ ResourceArn: arn, TagKeys: Object.keys(tags) });
        expect((await dlm.listTagsForResource({ ResourceArn: arn })).Tags).toEqual({});
      }),
      RUNS,
    );
  });
});

/** Filter values know wildcards. */
function literal(value: string): string {
  return value.replace(/[\\*?]/g, String.raw`\$&`);
}
