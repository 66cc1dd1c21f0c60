/*
 * The recovery time that a rehearsal reports by the services' own timestamps, against the sandbox's log: from the declared disaster
 * to the instant at which the last script of `verify` really ended, and gameday's own work from seeing it to the end of the step.
 * The sandbox and the run have one clock. The drill is ebs-snapshot-copy without its last step, which waits for no service.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inside } from "./from-source.mjs";
import { DRILLS, ms, seconds, tell } from "./measure.mjs";

const { rehearsal } = await inside("rehearsal");
const folder = mkdtempSync(join(tmpdir(), "gameday-bench-"));
const drill = join(folder, "drill.yaml");
const shipped = readFileSync(join(DRILLS, "ebs-snapshot-copy/drill.yaml"), "utf8");
writeFileSync(drill, shipped.slice(0, shipped.indexOf("  - id: blocks")));
const apart = [];
let last;
for (let round = 0; round < 5; round++) {
  const { events, log, recovery } = await rehearsal(drill);
  const one = (type, instance) => events.findLast((event) => event.type === type && event.instance === instance);
  const disaster = one("disaster-declared");
  const ended = log.findLast(({ what, state }) => what === "ssm.command" && state === "Success").at;
  const afterwards = one("step-finished", "checksum").mono - one("state-observed", "checksum").mono;
  apart.push(Math.abs(recovery.serviceRtaMs - (ended - Date.parse(disaster.at) + afterwards)));
  last = recovery;
}
rmSync(folder, { recursive: true });
const greatest = Math.max(...apart);
tell({
  id: "5.5",
  what: `RTA of ebs-snapshot-copy by the services' timestamps, ${seconds(last.serviceRtaMs)} (seen after ${seconds(last.rtaMs)}), against the sandbox's truth; greatest of ${apart.length}`,
  ours: `${ms(greatest)} apart`,
  goal: "≤ 5 ms",
  met: greatest <= 5,
});
