import { terminalReporter } from "../../src/reporters/terminal/terminal.ts";
import { recordOf, journaled, type Timed } from "../evidence/journaled.ts";
import { abortedWithLeftovers, failedVerification, passedRehearsal } from "../evidence/runs.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";
import { manySteps } from "../evidence/many-steps.ts";

/**
 * Plays a hand-written run on the terminal, to be looked at: `npx esbuild … && node play.mjs NAME SPEED [STEPS]`.
 * Not a test: live painting is for eyes.
 */
const [name = "passedRehearsal", speed = "300", steps = "1000"] = process.argv.slice(2);
const runs = new Map(Object.entries({ abortedWithLeftovers, failedVerification, passedRehearsal }));
const events: readonly Timed[] = runs.get(name)?.() ?? manySteps(Number(steps));
const clock = new VirtualClock({ speed: Number(speed), jumps: false });
const reporter = terminalReporter({ stream: process.stdout, clock });
for (const event of journaled(events)) {
  await clock.sleep(event.mono - clock.monotonic());
  reporter.onEvent?.(event);
}
await reporter.finish?.(recordOf(events));
