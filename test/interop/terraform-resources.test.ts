import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { stage, type Stage } from "./applied.ts";
import { findTerraform } from "./terraform-cli.ts";

const terraform = await findTerraform(process.env["PATH"] ?? "");
const configuration = join(import.meta.dirname, "fixtures", "services");
let staged: Stage | undefined;

afterAll(async () => {
  await staged?.close();
  await terraform.close();
});

const skipped = terraform.lacking === undefined ? "" : ` (skipped: ${terraform.lacking})`;

describe("Terraform's AWS provider on the sandbox", () => {
  it.skipIf(skipped)(`creates, reads, updates and destroys what drills are made of${skipped}`, async () => {
    staged = await stage(terraform, { configuration });
    const { sandbox, folder, terraform: tf } = staged;
    expect(await tf("init")).toMatchObject({ exitCode: 0 });
    const applied = await tf("apply", "-auto-approve");
    expect(applied.output).toContain("Apply complete! Resources: 9 added");

    const main = join(folder, "main.tf");
    const changed = (await readFile(main, "utf8"))
      .replaceAll("ec2:DescribeVolumes", "ec2:Describe*")
      .replace("count = 14", "count = 7");
    await writeFile(main, changed.replace("threshold           = 1", "threshold           = 2"));
    expect((await tf("apply", "-auto-approve", "-refresh=false")).output).toContain(
      "Apply complete! Resources: 0 added, 4 changed, 0 destroyed",
    );
    expect(await tf("plan", "-detailed-exitcode")).toMatchObject({ exitCode: 0 });

    const [policy] = [...sandbox.services.lifecycles.policies.values()];
    expect(policy).toMatchObject({ state: "ENABLED", details: { Schedules: [{ RetainRule: { Count: 7 } }] } });
    expect(Object.fromEntries(policy!.tags)).toEqual({ "gameday:run": "interop" });

    expect((await tf("destroy", "-auto-approve", "-refresh=false")).output).toContain(
      "Destroy complete! Resources: 9 destroyed",
    );
    expect(await sandbox.inventory()).toEqual([
      expect.objectContaining({ type: "kms.key", region: "us-west-2", state: "PendingDeletion" }),
    ]);
    const unimplemented = sandbox.world.log.filter(
      ({ state }) => state === "NotImplemented" || state === "InternalFailure",
    );
    expect(unimplemented).toEqual([]);
  });
});
