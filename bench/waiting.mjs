/*
 * What waiting costs, in simulated time through the watch's real lane: calls for each resource, a thousand at once with EC2's
 * buckets enforced, and progress that tells nothing. The AWS CLI's and boto3's policy is simulated beside it with the same buckets.
 */
import { inside } from "./from-source.mjs";
import { mean, tell } from "./measure.mjs";

const { PROGRESS, waitAsBoto3, waitThroughLane } = await inside("watch");
const HOUR_MS = 3_600_000;
const s = (value) => `${(value / 1_000).toFixed(2)} s`;
const percent = (part) => `${(part * 100).toFixed(1)} %`;

/** The same numbers in every run. */
function seeded() {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
const random = seeded();
const between = (least, most, count) => Array.from({ length: count }, () => least + random() * (most - least));

/** Each wait in a lane of its own. */
async function alone(durations, progress) {
  const waits = [];
  for (const duration of durations) waits.push(await waitThroughLane([duration], { progress, random }));
  return { errors: waits.flatMap(({ errors }) => errors), callsEach: mean(waits.map(({ calls }) => calls)) };
}

/** All in one lane. */
async function together(durations, progress) {
  const { errors, calls } = await waitThroughLane(durations, { progress, random });
  return { errors, callsEach: calls / durations.length };
}

/** Begun again whenever it gives up after ten minutes. */
const cliCalls = (durations) => mean(durations.map((duration) => Math.ceil(duration / 15_000) + 1));

const STANDS_STILL =
  "progress that stands still at the beginning and in the end tells nothing there; who is to see the end within 5 s looks every 5 s";
const LOOKS = [
  [1, 0.6],
  [100, 0.1],
  [1_000, 0.03],
];
for (const [id, name, told] of [
  ["5.2", "linear", "linear progress"],
  ["5.2s", "as EC2 tells it", "progress that stands still for the first 12 % and the last 10 % of the time"],
]) {
  for (const [count, most] of LOOKS) {
    const durations = between(30_000, 2 * HOUR_MS, Math.max(count, 100));
    const progress = PROGRESS[name];
    const waits = count === 1 ? await alone(durations, progress) : await together(durations, progress);
    const peer = cliCalls(durations);
    const ratio = waits.callsEach / peer;
    tell({
      id: `${id}-${count}`,
      what: `Describe calls for each of ${count} snapshots of 30 s to 2 h, ${told}, simulated`,
      ours: `${waits.callsEach.toFixed(1)} calls, mean error ${s(mean(waits.errors))}`,
      peer: `the AWS CLI's policy, simulated, begun again whenever it gives up, ${peer.toFixed(1)} calls`,
      ratio,
      goal: `≤ ${most}×`,
      met: ratio <= most,
      ...(ratio > most && { why: STANDS_STILL }),
    });
  }
}

for (const [id, longest, longestMs] of [
  ["5.3a", "3 min", 180_000],
  ["5.3b", "2 h", 2 * HOUR_MS],
]) {
  const durations = between(30_000, longestMs, 1_000);
  const { errors, calls, refused, tookMs } = await waitThroughLane(durations, { random });
  const failed = errors.filter((error) => error === undefined).length;
  const ofRefill = calls / ((20 * tookMs) / 1_000);
  const peer = waitAsBoto3(durations, { random });
  const died = `${percent(peer.throttled / 1_000)} dead of throttling, ${percent(peer.late / 1_000)} timed out`;
  tell({
    id,
    what: `1,000 waits of 30 s to ${longest} at once, the buckets enforced, simulated`,
    ours: `${failed} failed, ${refused} calls refused, ${percent(ofRefill)} of the refill, mean error ${s(mean(errors))}`,
    peer: `1,000 boto3 waiters, simulated with the same buckets: ${died}`,
    goal: "0 failed, 0 refused, ≤ 5 % of the refill",
    met: failed === 0 && refused === 0 && ofRefill <= 0.05,
  });
}

/*
 * Who knows nothing of a wait but that it is uniform over (0, L) cannot do better than calls · error = 2L/9 (the bound
 * ½(∫√(S·f))² of that distribution). The lane does not even know L.
 */
for (const [id, name] of [
  ["5.4a", "held at 0 %"],
  ["5.4b", "stuck at 99 %"],
]) {
  const { errors, callsEach } = await alone(between(0, 2 * HOUR_MS, 400), PROGRESS[name]);
  const greatest = Math.max(...errors);
  const product = callsEach * (mean(errors) / 1_000);
  const bound = (2 * (2 * HOUR_MS)) / 1_000 / 9;
  tell({
    id,
    what: `progress ${name}, one wait of up to 2 h, simulated`,
    ours: `greatest error ${s(greatest)} (mean ${s(mean(errors))}), ${callsEach.toFixed(0)} calls; calls × error ${product.toFixed(0)} s`,
    peer: `the AWS CLI's 15 s (it gives up after 10 min); the bound 2L/9 = ${bound.toFixed(0)} s`,
    ratio: product / bound,
    goal: "greatest error ≤ 0.4 × 15 s; calls × error ≤ 1.25× the bound",
    met: greatest <= 6_000 && product <= 1.25 * bound,
  });
}
