import { EC2 } from "@aws-sdk/client-ec2";
import { build } from "esbuild";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyStepKind } from "../../src/steps/define-step.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { COPY, PREPARE, stepOf } from "../steps/ebs/snapshot-copy-steps.ts";
import { DR, startRehearsal, step, type Rehearsal } from "../steps/rehearsal.ts";

const ROOT = join(import.meta.dirname, "../..");

/** The step kind that CONTRIBUTING.md shows, as a file in src/steps/ebs would have it. */
async function sample(): Promise<string> {
  const page = await readFile(join(ROOT, "CONTRIBUTING.md"), "utf8");
  return /^ {3}```ts\n(.*?)^ {3}```$/ms.exec(page)![1]!.replace(/^ {3}/gm, "");
}

async function sampleKind(): Promise<AnyStepKind> {
  const outfile = join(ROOT, "node_modules", `.sample-step-${process.pid}.mjs`);
  await build({
    stdin: { contents: await sample(), resolveDir: join(ROOT, "src/steps/ebs"), loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  try {
    return ((await import(outfile)) as { tagSnapshot: AnyStepKind }).tagSnapshot;
  } finally {
    await rm(outfile);
  }
}

let rehearsal: Rehearsal;
let ec2: EC2;
beforeAll(async () => {
  rehearsal = await startRehearsal();
  ec2 = new EC2(clientSettings(rehearsal.sandbox, DR));
});
afterAll(async () => {
  ec2.destroy();
  await rehearsal.close();
});

const tagsOf = (id: string) => rehearsal.sandbox.services.ec2.region(DR).snapshots.get(id).tags;

describe("the step kind of CONTRIBUTING.md", () => {
  it("is formatted as npm run check wants it", async () => {
    const text = await sample();
    expect(await format(text, { parser: "typescript", printWidth: 120 })).toBe(text);
  });

  it("tags what the run has made, and nothing of anybody else", async () => {
    const kinds = [await sampleKind()];
    const tag = (snapshotId: string) => step("tag", "ebs.tag-snapshot", { snapshotId, owner: "Ada" });
    const own: string[] = [];
    const run = await rehearsal.run(
      { prepare: [...PREPARE, tag(`\${{ steps.${COPY.id}.snapshotId }}`)] },
      {
        kinds,
        onEvent: (event) => {
          if (event.type !== "step-finished" || event.step !== "tag") return;
          own.push(
            ...[...rehearsal.sandbox.services.ec2.region(DR).snapshots].map(({ tags }) => tags.get("owner") ?? "none"),
          );
        },
      },
    );
    expect(stepOf(run, "tag").outcome).toBe("passed");
    expect(own).toEqual(["Ada"]);

    const { clock } = rehearsal;
    const { VolumeId } = await clock.during(() => ec2.createVolume({ AvailabilityZone: "us-west-2a", Size: 1 }));
    await clock.sleep(60_000);
    const { SnapshotId: foreign = "" } = await clock.during(() => ec2.createSnapshot({ VolumeId }));
    const refused = await rehearsal.run({ prepare: [tag(foreign)] }, { kinds });
    expect(stepOf(refused, "tag").failure).toMatchObject({ code: "not-of-this-run", resourceId: foreign });
    expect([...tagsOf(foreign)]).toEqual([]);
  });
});
