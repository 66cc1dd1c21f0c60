import { describe, expect, it } from "vitest";
import { permissions } from "../../src/cli/commands/permissions.ts";
import { iamPolicy } from "../../src/cli/drills/iam-policy.ts";
import { shippedLibrary } from "../../src/cli/drills/library.ts";
import type { Drill } from "../../src/drill/drill.ts";
import { loadDrill } from "../../src/drill/load-drill.ts";
import { FIXTURE_KINDS, VALID_DRILL } from "../drill/fixture-kinds.ts";
import { capturedIo } from "./captured-io.ts";
import { FIXTURE_LIBRARY, writeDrill } from "./fixture-library.ts";

const DRILL = (await loadDrill("d.yaml", VALID_DRILL, FIXTURE_KINDS)).drill!;

describe("gameday permissions", () => {
  it("allows in every Region that a step names what it allows in the drill's own", () => {
    const restored = (region: unknown) => {
      const [recover] = DRILL.phases.recover;
      const drill = { ...DRILL, phases: { ...DRILL.phases, recover: [{ ...recover!, with: { region } }] } } as Drill;
      const permission = { actions: ["ec2:CreateVolume"], resources: ["arn:aws:ec2:{dr}:{account}:volume/*"] };
      return iamPolicy([permission], drill).Statement.flatMap(({ Resource }) => Resource);
    };
    const volumes = (region: string) => `arn:aws:ec2:${region}:111122223333:volume/*`;
    expect(restored(undefined)).toEqual([volumes("us-west-2")]);
    expect(restored("eu-west-1")).toEqual([volumes("eu-west-1"), volumes("us-west-2")]);
    expect(restored("${{ regions.primary }}")).toEqual([volumes("us-east-1"), volumes("us-west-2")]);
    expect(restored("${{ steps.copy.region }}")).toEqual([volumes("*"), volumes("us-west-2")]);
  });

  it("prints the policy of the step kinds and of the resource kinds that clean up after them", async () => {
    await using io = await capturedIo();
    await writeDrill(io.cwd, "one", VALID_DRILL);
    expect(await permissions({ drill: "one" }, io, FIXTURE_LIBRARY)).toBe(0);
    const policy = JSON.parse(io.out());
    expect(policy.Version).toBe("2012-10-17");
    expect(policy.Statement).toMatchInlineSnapshot(`
      [
        {
          "Action": [
            "ec2:DescribeRegions",
            "ec2:DescribeSnapshots",
            "ec2:DescribeVolumes",
            "sts:GetCallerIdentity",
          ],
          "Effect": "Allow",
          "Resource": [
            "*",
          ],
          "Sid": "AnyResource",
        },
        {
          "Action": [
            "ec2:CopySnapshot",
          ],
          "Condition": {
            "StringLike": {
              "aws:RequestTag/gameday:run": "*",
            },
          },
          "Effect": "Allow",
          "Resource": [
            "arn:aws:ec2:us-west-2::snapshot/*",
          ],
          "Sid": "CreateWithRunTag",
        },
        {
          "Action": [
            "ec2:CreateTags",
          ],
          "Condition": {
            "StringEquals": {
              "ec2:CreateAction": [
                "CopySnapshot",
              ],
            },
          },
          "Effect": "Allow",
          "Resource": [
            "arn:aws:ec2:us-west-2::snapshot/*",
          ],
          "Sid": "WithCondition",
        },
        {
          "Action": [
            "ec2:CreateVolume",
          ],
          "Condition": {
            "StringLike": {
              "aws:RequestTag/gameday:run": "*",
            },
          },
          "Effect": "Allow",
          "Resource": [
            "arn:aws:ec2:us-west-2:111122223333:volume/*",
          ],
          "Sid": "CreateWithRunTag2",
        },
        {
          "Action": [
            "kms:Decrypt",
          ],
          "Effect": "Allow",
          "Resource": [
            "arn:aws:kms:us-east-1:111122223333:key/*",
          ],
          "Sid": "NamedResources",
        },
        {
          "Action": [
            "ec2:DeleteSnapshot",
          ],
          "Condition": {
            "StringLike": {
              "aws:ResourceTag/gameday:run": "*",
            },
          },
          "Effect": "Allow",
          "Resource": [
            "arn:aws:ec2:*::snapshot/*",
          ],
          "Sid": "ChangeWhatRunsMade",
        },
      ]
    `);
    expect(io.err()).toBe("");
  });

  it("notes what the policy cannot say: a role, programs of the author", async () => {
    await using io = await capturedIo();
    const role = "assumeRole: { roleArn: arn:aws:iam::111122223333:role/Drill }\nprepare:";
    const program = `  - { id: shell, uses: command.run, with: { command: [/bin/true] } }\nrecover:`;
    await writeDrill(io.cwd, "one", `${(await starter()).replace("prepare:", role).replace("recover:", program)}`);
    expect(await permissions({ drill: "one" }, io)).toBe(0);
    expect(io.err()).toContain("note: step shell (command.run) runs a program of yours");
    expect(io.err()).toContain("needs sts:AssumeRole on it");
  });
});

async function starter(): Promise<string> {
  const { starterDrill } = await import("../../src/cli/drills/starter-drill.ts");
  return starterDrill({ name: "one", schema: undefined });
}

describe("iamPolicy", () => {
  it("joins what has the same resources and conditions, and drops what is allowed everywhere already", () => {
    const policy = iamPolicy(
      [
        { actions: ["ec2:B", "ec2:A"] },
        { actions: ["ec2:C", "ec2:A"] },
        { actions: ["ec2:A"], resources: ["arn:aws:ec2:*:{account}:volume/*"] },
        { actions: ["ec2:D"], resources: ["arn:aws:ec2:*:{account}:volume/*"], tagged: "on-create" },
        { actions: ["ec2:E"], resources: ["arn:aws:ec2:*:{account}:volume/*"], tagged: "on-create" },
      ],
      DRILL,
    );
    expect(policy.Statement.map(({ Sid, Action }) => [Sid, Action])).toEqual([
      ["AnyResource", ["ec2:A", "ec2:B", "ec2:C"]],
      ["CreateWithRunTag", ["ec2:D", "ec2:E"]],
    ]);
  });

  it("names a resource once for each account", () => {
    const drill = { ...DRILL, safety: { ...DRILL.safety, accounts: ["111122223333", "444455556666"] } };
    const policy = iamPolicy([{ actions: ["kms:Decrypt"], resources: ["arn:aws:kms:{dr}:{account}:key/*"] }], drill);
    expect(policy.Statement[0]?.Resource).toEqual([
      "arn:aws:kms:us-west-2:111122223333:key/*",
      "arn:aws:kms:us-west-2:444455556666:key/*",
    ]);
  });

  it("has the ARNs of the drill's partition", () => {
    const drill = { ...DRILL, regions: { ...DRILL.regions, dr: "us-gov-west-1" } };
    const policy = iamPolicy([{ actions: ["kms:Decrypt"], resources: ["arn:aws:kms:{dr}:{account}:key/*"] }], drill);
    expect(policy.Statement[0]?.Resource).toEqual(["arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/*"]);
  });

  it("of all step and resource kinds that gameday ships is one that IAM takes", async () => {
    const library = await shippedLibrary();
    const all = [...library.stepKinds.values(), ...library.resourceKinds.values()].flatMap((kind) => kind.permissions);
    const policy = iamPolicy(all, DRILL);
    const sids = policy.Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    for (const { Sid, Action, Resource } of policy.Statement) {
      expect(Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(Action.filter((action) => !/^[a-z0-9-]+:[A-Za-z*]+$/.test(action))).toEqual([]);
      expect(
        Resource.filter((arn) => arn !== "*" && !/^arn:aws:[a-z0-9-]+:[a-z0-9*-]*:(\d{12}|\*)?:[^{}\s]+$/.test(arn)),
      ).toEqual([]);
    }
  });
});
