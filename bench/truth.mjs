/*
 * The recovery time a rehearsal reports, against the sandbox's own log of the same run: from the answer to the first call of
 * `recover` to the answer to the last call of `verify`, both on the sandbox's clock. The sandbox hears of neither the disaster nor
 * the verdict, so the engine's own work before the first and after the last call is in the difference.
 */
import { inside } from "./from-source.mjs";
import { median, ms, seconds, tell } from "./measure.mjs";

const { rehearsal } = await inside("rehearsal");
const differences = [];
let last;
for (let round = 0; round < 5; round++) {
  const { events, log, rtaMs } = await rehearsal("ebs-snapshot-copy");
  const at = new Map(
    log.filter(({ what }) => what === "call").map(({ at: instant, detail }) => [detail.requestId, instant]),
  );
  const phaseOf = new Map(
    events.filter(({ type }) => type === "step-started").map(({ instance, phase }) => [instance, phase]),
  );
  const calls = events.filter(({ type, requestId }) => type === "aws-call" && requestId !== undefined);
  const of = (phase) =>
    calls.filter(({ instance }) => phaseOf.get(instance) === phase).map(({ requestId }) => at.get(requestId));
  const truth = Math.max(...of("verify")) - Math.min(...of("recover"));
  differences.push(rtaMs - truth);
  last = { rtaMs, truth };
}
const apart = median(differences.map(Math.abs));
const part = apart / last.truth;
tell({
  id: "2.6",
  what: `RTA of ebs-snapshot-copy, ${seconds(last.rtaMs)}, against the sandbox's log`,
  ours: `${ms(apart)} and ${(part * 100).toFixed(3)} % apart`,
  goal: "≤ 1 s and ≤ 0.1 %",
  met: apart <= 1_000 && part <= 0.001,
});
