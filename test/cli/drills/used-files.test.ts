import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { usedFiles } from "../../../src/cli/drills/used-files.ts";
import { shippedStepKinds } from "../../../src/cli/drills/library.ts";
import { loadDrill } from "../../../src/drill/load-drill.ts";
import { STEP_KINDS } from "../../../src/steps/all.ts";
import { throwAwayFolder } from "../binary.ts";
import { gamedayHere } from "../in-process.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const DRILL = `apiVersion: gameday/v1
name: own
description: A drill with files of its own.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
prepare:
  - id: stack
    uses: terraform.apply
    with: { directory: terraform }
  - id: later
    uses: terraform.apply
    with: { directory: "\${{ steps.stack.outputs.folder }}" }
recover:
  - id: go
    uses: command.run
    with: { command: [./go.sh, --fast, lib/helper.py, /bin/true, ../outside], directory: scripts }
`;

it("are what Terraform applies and what command.run runs, in the drill's folder, without states, links out, and secrets' hashes", async () => {
  const root = await throwAwayFolder();
  await write(root, {
    "outside.tf": "not the drill's",
    "drill/drill.yaml": DRILL,
    "drill/notes.md": "nobody uses it",
    "drill/terraform/main.tf": "main",
    "drill/terraform/modules/m/dlm.tf": "dlm",
    "drill/terraform/prod.tfvars": 'interval = "24"',
    "drill/terraform/db.tf": "url = postgres://admin:hunter22@db/x",
    "drill/terraform/server.pem": "any",
    "drill/terraform/terraform.tfstate": "{}",
    "drill/terraform/.terraform/providers/big": "binary",
    "drill/scripts/go.sh": "#!/bin/sh",
    "drill/scripts/lib/helper.py": "help",
    "drill/scripts/unused.sh": "no",
  });
  await symlink(join(root, "outside.tf"), join(root, "drill/terraform/out.tf"));
  await symlink(join(root, "drill/terraform"), join(root, "drill/terraform/modules/back"));
  const { drill } = await loadDrill(join(root, "drill/drill.yaml"), DRILL, await shippedStepKinds());
  const files = await usedFiles(drill!, STEP_KINDS);
  expect(files).toEqual([
    { path: "scripts/go.sh", sha256: sha256("#!/bin/sh") },
    { path: "scripts/lib/helper.py", sha256: sha256("help") },
    { path: "terraform/db.tf" },
    { path: "terraform/main.tf", sha256: sha256("main") },
    { path: "terraform/modules/m/dlm.tf", sha256: sha256("dlm") },
    { path: "terraform/prod.tfvars", sha256: sha256('interval = "24"') },
    { path: "terraform/server.pem" },
  ]);
});

it("stand in intent, journal, bundle and history, and compare tells which of them changed", async () => {
  const cwd = await throwAwayFolder();
  await cp("drills/ebs-snapshot-copy", join(cwd, "drills/own"), { recursive: true });
  const file = join(cwd, "drills/own/drill.yaml");
  const text = (await readFile(file, "utf8")).replace("name: ebs-snapshot-copy", "name: own");
  const check = `  - id: ready\n    uses: command.run\n    with: { command: [./check.sh, --all] }\n`;
  await writeFile(file, text.replace("verify:\n", `verify:\n${check}`));
  const script = join(cwd, "drills/own/check.sh");
  const runs: string[] = [];
  for (const body of ["#!/bin/sh\n", "#!/bin/sh\n# less is checked\n"]) {
    await writeFile(script, body, { mode: 0o755 });
    const { code, stderr } = await gamedayHere(["rehearse", "own"], { cwd });
    expect(code, stderr).toBe(0);
    const [run = ""] = (await readdir(join(cwd, ".gameday/runs"))).filter((id) => !runs.includes(id));
    runs.push(run);
    const bundle = join(cwd, ".gameday/runs", run, "bundle");
    const files = [{ path: "check.sh", sha256: sha256(body) }];
    expect(JSON.parse(await readFile(join(bundle, "plan/files.json"), "utf8"))).toEqual({ files });
    expect(JSON.parse(await readFile(join(bundle, "result.json"), "utf8")).drill.files).toEqual(files);
    const intent = JSON.parse(await readFile(join(bundle, "attestations/intent.intoto.jsonl"), "utf8"));
    expect(JSON.parse(Buffer.from(intent.payload, "base64").toString()).predicate.files).toEqual(files);
    expect(await readFile(join(bundle, "report.md"), "utf8")).toContain(`check.sh (${sha256(body).slice(0, 12)})`);
    expect((await gamedayHere(["verify", bundle], { cwd })).code).toBe(0);
  }
  const compared = await gamedayHere(["compare", runs[0]!, runs[1]!], { cwd });
  expect(compared.stdout).toMatch(/files that its steps use\n {2}~ check\.sh/);
  expect(compared.stdout).not.toContain("nothing changed in drill");
  const history = await gamedayHere(["history", "own"], { cwd });
  expect(history.stdout).toContain("not comparable with the one before");
});
