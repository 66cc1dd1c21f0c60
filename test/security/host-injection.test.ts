import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EC2 } from "@aws-sdk/client-ec2";
import * as fc from "fast-check";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { JournaledEvent } from "../../src/engine/events.ts";
import { AwsError } from "../../src/sandbox/service.ts";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { renderScript } from "../../src/steps/on-host/host-script.ts";
import { failureCount, recordFigures, stopwatch } from "../figures.ts";
import { clientSettings } from "../sandbox/client-settings.ts";
import { CHECKSUM, COPY, MARKER, outputsOf, RECOVER, SNAPSHOT, VOLUME } from "../steps/ebs/snapshot-copy-steps.ts";
import { PRIMARY, startRehearsal, type Rehearsal } from "../steps/rehearsal.ts";
import { APPLY, fake, startRig, step as rigStep, temporaryFolder } from "../terraform/terraform-run.ts";
import { hostileText, PAYLOADS } from "./hostile-text.ts";
import { expectNothingSteers, renderAll } from "./render-all.ts";

const SCRIPTS = Math.ceil(Number(process.env["GAMEDAY_INJECTION"] ?? 100) / 50);
const elapsed = stopwatch();
const failures = failureCount();
let values = 0;
afterAll(() =>
  recordFigures({
    battery: "host injection",
    cases: values,
    failures: failures(),
    seconds: elapsed(),
    more: { "file names": NAMES.length },
  }),
);

/** What can name a file: no NUL, no slash, at most 255 bytes. */
const NAMES = [
  ...new Set(
    PAYLOADS.map((text) =>
      Buffer.from(text.replace(/[\0/]/g, "_"))
        .subarray(0, 200)
        .toString("utf8")
        .replace(/\ufffd+$/, ""),
    ),
  ),
  " leading and trailing ",
  "-",
  "--",
  "...",
  "\\",
  "naïve 日本.txt",
];

/** As a tag, a variable or a shell word can hold it: no NUL, no half of a character. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll("\0", "")).toString("utf8");
}

async function rehearsal(options: Partial<SandboxOptions> = {}): Promise<Rehearsal> {
  const started = await startRehearsal(options);
  onTestFinished(() => started.close());
  return started;
}

/** Gives the run that has just begun what an earlier one knows of the files, so that it can name those that differ. */
function keepManifests(earlier: string): void {
  const runs = readdirSync(dirname(earlier)).filter((name) => name.startsWith("run-"));
  for (const name of runs)
    if (name !== basename(earlier))
      cpSync(join(earlier, "manifests"), join(dirname(earlier), name, "manifests"), { recursive: true });
}

/** Whether any payload was taken for a command by anything, anywhere below a folder. */
async function expectNoCanary(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  expect(names.filter((name) => basename(name).startsWith("canary"))).toEqual([]);
}

async function expectInert(events: readonly JournaledEvent[]): Promise<void> {
  expectNothingSteers(await renderAll(events));
}

describe("on a host, really run", () => {
  it("file names and tags of every kind are data: hashed, compared, named in the report, and never run", async () => {
    const { sandbox, existing, run } = await rehearsal();
    const host = sandbox.services.ec2.region(PRIMARY).instances.get(existing.instanceId)!.host!;
    const data = join(host.root, "data");
    for (const name of NAMES) await writeFile(join(data, name), "as it was\n");
    const deep = join(data, "$(touch canary-dir)", "; touch canary-dir");
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, "`touch canary-file`"), "");
    const ec2 = new EC2(clientSettings(sandbox, PRIMARY));
    const Tags = PAYLOADS.slice(0, 20).map((text, index) => ({ Key: `k${index}`, Value: storable(text) }));
    await ec2.createTags({
      Resources: [existing.volumeId],
      Tags: [...Tags, { Key: "Name", Value: storable(PAYLOADS[0]!) }],
    });
    ec2.destroy();

    const paths = [".", "$(touch canary-dir)/; touch canary-dir"];
    const before = await run({ prepare: [{ ...MARKER, with: { ...(MARKER.with as object), paths } }] });
    const { manifest } = outputsOf(before, "marker");
    for (const name of NAMES) await appendFile(join(data, name), "and not any more\n");
    await host.run({ script: "sync", timeoutMs: 60_000 });
    const snapshot = { ...SNAPSHOT, with: { volumeId: existing.volumeId } };
    const checksum = { ...CHECKSUM, with: { ...(CHECKSUM.with as object), expect: manifest! } };
    const result = await run(
      { prepare: [snapshot, COPY], recover: RECOVER, verify: [checksum] },
      { onEvent: (event) => void (event.type === "run-started" && keepManifests(before.folder)) },
    );
    const check = result.events.find((event) => event.type === "data-checked");
    expect(check).toMatchObject({ passed: false });
    expect(result.exitCode).toBe(3);
    expect(check?.type === "data-checked" && check.differences?.join("\n")).toContain("differs: ");
    await expectInert(result.events);
    await expectNoCanary(dirname(result.folder));
    await expectNoCanary(sandbox.world.folder);
    await rm(deep, { recursive: true });
  });

  it("values of scripts arrive as they are", async () => {
    const folder = await temporaryFolder();
    const text = hostileText.map((value) => storable(value));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 50, maxLength: 50 }), async (sent) => {
        values += sent.length;
        expect(await echoed(folder, sent)).toEqual(sent);
        await expectNoCanary(folder);
      }),
      {
        numRuns: SCRIPTS,
        seed: 20_261_123,
        examples: [[PAYLOADS.map((each) => storable(each))]],
      },
    );
  }, 3_600_000);
});

/** Sends values to a real shell, each as a variable of a script of ours, and reads back what it has got. */
async function echoed(folder: string, sent: readonly string[]): Promise<readonly string[]> {
  const name = (index: number) => `V_${[...String(index)].map((digit) => "ABCDEFGHIJ"[Number(digit)]).join("")}`;
  const variables = Object.fromEntries(sent.map((value, index) => [name(index), value]));
  const body = sent.map((_, index) => `printf '%s\\0' "$${name(index)}" >> got`).join("\n");
  await writeFile(join(folder, "script.sh"), renderScript({ values: variables, body }, "0123456789abcdef"));
  await rm(join(folder, "got"), { force: true });
  const [code] = await once(spawn("/bin/sh", ["script.sh"], { cwd: folder, stdio: "ignore" }), "close");
  expect(code).toBe(0);
  return (await readFile(join(folder, "got"), "utf8")).split("\0").slice(0, -1);
}

describe("what AWS and Terraform say", () => {
  it("in error messages is shown, and nothing more", async () => {
    const message = PAYLOADS.join(" ");
    const error = new AwsError("InvalidParameterValue", message.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, "?"));
    const { run } = await rehearsal({
      interceptors: [({ operation }) => (operation === "CreateVolume" ? { kind: "error", error } : undefined)],
    });
    const result = await run({ prepare: [MARKER, SNAPSHOT, COPY], recover: [VOLUME] });
    expect(result.exitCode).toBe(5);
    expect(JSON.stringify(result.events.at(-1))).not.toContain("internal");
    await expectInert(result.events);
    await expectNoCanary(dirname(result.folder));
  });

  it("in outputs reaches a program's arguments and environment as it is", async () => {
    const outputs = Object.fromEntries(
      PAYLOADS.map((text, i) => [`o${i}`, { sensitive: false, value: storable(text) }]),
    );
    const tell = (i: number) =>
      rigStep(
        "command.run",
        {
          command: ["printf", "%s", `\${{ steps.it.outputs.o${i} }}`],
          environment: { V: `\${{ steps.it.outputs.o${i} }}` },
        },
        { id: `tell${i}` },
      );
    const apply = [
      ["hello"],
      ["diagnostic", { severity: "warning", summary: PAYLOADS.join(" ") }],
      ["state", 0],
      ["summary", "apply", 0],
      ["outputs", outputs],
    ];
    const rig = await startRig({ steps: [APPLY, ...PAYLOADS.map((_, i) => tell(i))], files: fake({ apply }) });
    const { record } = await rig.result;
    const told = record.steps.filter(({ step: id }) => id.startsWith("tell")).map(({ outputs: out }) => out["stdout"]);
    expect(told).toEqual(Object.values(outputs).map(({ value }) => value.replace(/\r?\n$/, "")));
    await expectInert(rig.events);
    await expectNoCanary(dirname(rig.runFolder));
  });
});
