import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Library } from "../../src/cli/drills/library.ts";
import type { Permission } from "../../src/engine/permission.ts";
import { FIXTURE_KINDS } from "../drill/fixture-kinds.ts";

const MINUTE = 60_000;

const PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  "ebs.copy-snapshot": [
    { actions: ["ec2:DescribeSnapshots"] },
    { actions: ["ec2:CopySnapshot"], resources: ["arn:aws:ec2:{dr}::snapshot/*"], tagged: "on-create" },
    {
      actions: ["ec2:CreateTags"],
      resources: ["arn:aws:ec2:{dr}::snapshot/*"],
      condition: { StringEquals: { "ec2:CreateAction": ["CopySnapshot"] } },
    },
  ],
  "ebs.restore-volume": [
    { actions: ["ec2:DescribeVolumes", "ec2:DescribeSnapshots"] },
    { actions: ["ec2:CreateVolume"], resources: ["arn:aws:ec2:{dr}:{account}:volume/*"], tagged: "on-create" },
    { actions: ["kms:Decrypt"], resources: ["arn:aws:kms:{primary}:{account}:key/*"] },
  ],
};

const DELETE_SNAPSHOT: Permission = {
  actions: ["ec2:DeleteSnapshot"],
  resources: ["arn:aws:ec2:*::snapshot/*"],
  tagged: "on-run-resource",
};

/** The fixture step kinds with what a run needs of them. They are planned, never run. */
export const FIXTURE_LIBRARY: Library = {
  stepKinds: new Map(
    [...FIXTURE_KINDS].map(([uses, kind]) => [
      uses,
      {
        ...kind,
        permissions: PERMISSIONS[uses] ?? [],
        ...(uses === "ebs.copy-snapshot" && { creates: ["ec2.snapshot"] }),
        defaultTimeoutMs: 10 * MINUTE,
        run: () => Promise.reject(new Error("a plan runs nothing")),
      },
    ]),
  ),
  resourceKinds: new Map([
    [
      "ec2.snapshot",
      {
        kind: "ec2.snapshot",
        idempotentCreate: false,
        permissions: [DELETE_SNAPSHOT],
        ownership: { by: "tags", tagsOf: () => Promise.resolve(undefined) },
        find: () => Promise.resolve(undefined),
        destroy: () => Promise.resolve(),
        isGone: () => Promise.resolve(true),
      },
    ],
  ]),
};

/** Writes `drills/<name>/drill.yaml` and returns its path. */
export async function writeDrill(cwd: string, name: string, text: string): Promise<string> {
  const folder = join(cwd, "drills", name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "drill.yaml"), text);
  return join(folder, "drill.yaml");
}
