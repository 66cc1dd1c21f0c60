import { existsSync } from "node:fs";
import { join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import { afterAll, describe, expect, it } from "vitest";
import { seedExistingInstance } from "../../src/sandbox/seed.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { stage, type Stage } from "./applied.ts";
import { findTerraform } from "./terraform-cli.ts";

const HOUR_MS = 3_600_000;

const terraform = await findTerraform(process.env["PATH"] ?? "");
const configuration = join(import.meta.dirname, "..", "..", "drills", "ebs-cross-region", "terraform");
let staged: Stage | undefined;

afterAll(async () => {
  await staged?.close();
  await terraform.close();
});

const lacking = terraform.lacking ?? (existsSync(configuration) ? undefined : "the drill has no configuration");
const skipped = lacking === undefined ? "" : ` (skipped: ${lacking})`;

describe("the Terraform configuration of drills/ebs-cross-region", () => {
  it.skipIf(skipped)(
    `applies, plans to change nothing, makes a copy that is encrypted in the DR Region, and is destroyed${skipped}`,
    async () => {
      staged = await stage(terraform, { configuration, variables: { run_id: "01INTEROP" } });
      const { sandbox, terraform: tf, clock } = staged;
      const { volumeId } = await seedExistingInstance(sandbox, { region: "us-east-1", drRegion: "us-west-2" });
      const before = (await sandbox.inventory()).map(({ id }) => id);
      expect(await tf("init")).toMatchObject({ exitCode: 0 });
      expect((await tf("apply", "-auto-approve")).output).toContain("Apply complete!");
      expect(await tf("plan", "-detailed-exitcode")).toMatchObject({ exitCode: 0 });

      clock.advance(30 * HOUR_MS);
      const dr = new EC2(clientSettings(sandbox, "us-west-2"));
      const { Snapshots: copies } = await dr.describeSnapshots({
        Filters: [{ Name: "tag:gameday:source-volume", Values: [volumeId] }],
      });
      dr.destroy();
      const key = JSON.parse((await tf("output", "-json")).output).dr_key_arn.value;
      expect(copies![0]).toMatchObject({ State: "completed", Encrypted: true, KmsKeyId: key });

      expect((await tf("destroy", "-auto-approve", "-refresh=false")).output).toContain("Destroy complete!");
      const left = (await sandbox.inventory()).filter(
        ({ id, type }) => !before.includes(id) && type !== "ec2.snapshot",
      );
      expect(left).toMatchObject([{ type: "kms.key", state: "PendingDeletion" }]);
    },
  );
});
