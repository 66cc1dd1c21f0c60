/*
 * The rehearsal of ebs-mass-restore: 200 volumes restored, attached and verified, in virtual time, against the least that EC2's
 * buckets and the sandbox's own durations allow for the drill's order of steps. All of it is from the sandbox's log:
 *
 *   hosts     RunInstances has 5 tokens and gets 2 a second: launch n begins at (n − 5) / 2 s, and takes what this host took from
 *             its launch to its status checks and its agent, whichever came last
 *   volumes   CreateVolume has 100 tokens and gets 5 a second; each takes what it took from `creating` to `available`
 *   attach    begins when all of these are there; AttachVolume has 50 tokens and gets 5 a second
 *   verify    begins when all are attached; a script is on its way to its host for 0.9 s and then really runs there, on this
 *             machine's cores: all of them take what the shortest took
 */
import { availableParallelism } from "node:os";
import { inside } from "./from-source.mjs";
import { quiet, seconds, tell } from "./measure.mjs";

const DELIVERY_MS = 900;
const REGION = "us-west-2";
const { rehearsal } = await inside("rehearsal");
await quiet(60_000);
const { events, log, rtaMs, wallMs } = await rehearsal("ebs-mass-restore");
const disaster = Date.parse(events.find(({ type }) => type === "disaster-declared").at);
const begun = log.filter(({ at, region }) => at >= disaster && region === REGION);
const teardown = events.find(({ type, phase }) => type === "phase-started" && phase === "teardown");
const recovery = begun.filter(({ at }) => at < Date.parse(teardown.at));

/** Instants of a state, by resource; the first of each. */
function instants(what, state) {
  const found = new Map();
  for (const entry of recovery) {
    if (entry.what === what && entry.state === state && !found.has(entry.id)) found.set(entry.id, entry.at);
  }
  return found;
}

/** The least until all are done: the bucket's own pace, and the durations as they were drawn. */
function least(begins, ends, [capacity, refillPerSecond]) {
  const done = [...begins].map(([id, at], index) => {
    const sent = (Math.max(0, index + 1 - capacity) / refillPerSecond) * 1_000;
    return sent + Math.max(...ends.map((end) => end.get(id))) - at;
  });
  return Math.max(...done);
}

const launched = instants("ec2.instance", "pending");
const created = instants("ec2.volume", "creating");
const hostsMs = least(launched, [instants("ec2.instance-status", "ok"), instants("ssm.instance", "Online")], [5, 2]);
const volumesMs = least(created, [instants("ec2.volume", "available")], [100, 5]);
const attaching = new Map([...instants("ec2.attachment", "attaching")].filter(([id]) => created.has(id)));
const attachMs = least(attaching, [instants("ec2.attachment", "attached")], [50, 5]);
const [running, ended] = [instants("ssm.command", "InProgress"), instants("ssm.command", "Success")];
const shortestMs = Math.min(...[...running].map(([id, at]) => ended.get(id) - at));
const verifyMs = DELIVERY_MS + (shortestMs * running.size) / availableParallelism();
const boundMs = Math.max(hostsMs, volumesMs) + attachMs + verifyMs;
const refused = log.filter(({ what, state }) => what === "call" && state === "RequestLimitExceeded").length;

/** When the last of these steps had ended. */
const endOf = (...steps) => {
  const finished = events.filter(({ type, step }) => type === "step-finished" && steps.includes(step));
  return Math.max(...finished.map(({ at }) => Date.parse(at)));
};
const ends = [disaster, endOf("hosts", "volumes"), endOf("attach"), endOf("checksum")];
const [together, attached, verified] = ends.slice(1).map((end, index) => seconds(end - ends[index]));
const met = rtaMs / boundMs <= 1.1 && refused === 0;
const why = `hosts and volumes took ${together}, attaching ${attached}, verifying ${verified}: scripts run in real time, on cores that the sandbox and gameday work on too`;
const parts = `hosts ${seconds(hostsMs)} beside volumes ${seconds(volumesMs)}, attaching ${seconds(attachMs)}, verifying ${seconds(verifyMs)}`;
tell({
  id: "5.14",
  what: `${created.size} volumes restored, attached and verified on ${launched.size} hosts; virtual time`,
  ours: `${seconds(rtaMs)}, ${refused} calls refused; all of the rehearsal in ${seconds(wallMs)} of real time`,
  peer: `the least that the buckets allow, ${seconds(boundMs)} (${parts})`,
  ratio: rtaMs / boundMs,
  goal: "≤ 1.1×",
  met,
  ...(met ? {} : { why }),
});
