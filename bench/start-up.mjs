/* Starts: `gameday --help` and `gameday validate` against an empty script in node and against `aws --version`. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, DRILLS, GAMEDAY, installed, memory, ms, tell } from "./measure.mjs";

const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const copy = join(folder, "drill.yaml");
cpSync(join(DRILLS, "ebs-snapshot-copy/drill.yaml"), copy);
const five = join(folder, "five.yaml");
writeFileSync(
  five,
  `apiVersion: gameday/v1
name: five
description: Five steps.
regions: { primary: us-east-1, dr: us-west-2 }
safety: { accounts: ["111122223333"] }
prepare:
  - { id: marker, uses: ebs.write-marker, with: { volumeTag: { key: Snapshot, value: "true" } } }
  - { id: snapshot, uses: ebs.create-snapshot, with: { volumeId: "\${{ steps.marker.volumeId }}" } }
  - { id: copy, uses: ebs.copy-snapshot, with: { snapshotId: "\${{ steps.snapshot.snapshotId }}" } }
recover:
  - { id: volume, uses: ebs.restore-volume, with: { snapshotId: "\${{ steps.copy.snapshotId }}", availabilityZone: us-west-2a } }
verify:
  - id: blocks
    uses: ebs.verify-blocks
    with: { sourceSnapshotId: "\${{ steps.snapshot.snapshotId }}", snapshotId: "\${{ steps.copy.snapshotId }}" }
`,
);

const empty = [process.execPath, "-e", "0"];
const validate = (path) => [process.execPath, GAMEDAY, "validate", path];
const aws = installed("aws");
const commands = [empty, [process.execPath, GAMEDAY, "--help"], validate(copy), validate(five)];
const [node, help, one, fiveSteps, cli] = await compare(aws ? [...commands, ["aws", "--version"]] : commands);

const peer = `an empty node script, ${ms(node)}`;
const row = (id, what, value, goal) =>
  tell({ id, what, ours: ms(value), peer, ratio: value / node, goal: `≤ ${goal}×`, met: value / node <= goal });
row("2.3", "gameday --help", help, 1.5);
row("2.4", "gameday validate, a drill of 8 steps", one, 4);
const schemas = `gameday's own start takes ${ms(help)} of it (--help), building the zod schemas of the drill file and of its step kinds, and checking it, the other ${ms(fiveSteps - help)}`;
const ratio = fiveSteps / node;
tell({
  id: "5.7a",
  what: "gameday validate, a drill of 5 steps",
  ours: ms(fiveSteps),
  peer,
  ratio,
  goal: "≤ 1.6×",
  met: ratio <= 1.6,
  ...(ratio <= 1.6 ? {} : { why: schemas }),
});
if (cli === undefined)
  tell({
    id: "5.7b",
    what: "gameday validate, a drill of 5 steps, beside the AWS CLI",
    ours: ms(fiveSteps),
    goal: "≤ 0.2×",
    why: "no AWS CLI is installed",
  });
else
  tell({
    id: "5.7b",
    what: "gameday validate, a drill of 5 steps, beside the AWS CLI",
    ours: ms(fiveSteps),
    peer: `aws --version, ${ms(cli)}`,
    ratio: fiveSteps / cli,
    goal: "≤ 0.2×",
    met: fiveSteps / cli <= 0.2,
  });
const [ours, theirs] = [memory(validate(five)), memory(empty)];
if (ours !== undefined) {
  const times = ours / theirs;
  tell({
    id: "5.7c",
    what: "gameday validate, a drill of 5 steps: memory",
    ours: `${ours.toFixed(0)} MiB`,
    peer: `an empty node script, ${theirs.toFixed(0)} MiB`,
    ratio: times,
    goal: "≤ 1.25×",
    met: times <= 1.25,
    ...(times <= 1.25 ? {} : { why: schemas }),
  });
}
rmSync(folder, { recursive: true, force: true });
