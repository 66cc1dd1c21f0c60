import { join } from "node:path";
import { connect } from "../../src/aws/connection.ts";
import { conduct } from "../../src/cli/conduct.ts";
import { shippedLibrary } from "../../src/cli/drills/library.ts";
import { terraformFor } from "../../src/cli/terraform/needs-terraform.ts";
import { openDrill } from "../../src/cli/drills/open-drill.ts";
import { rehearsedPeople } from "../../src/cli/people.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { createRunFolder } from "../../src/cli/runs/run-folder.ts";
import { cutTornLine, readJournal } from "../../src/engine/read-journal.ts";
import { journalPath } from "../../src/engine/run.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { Reporter } from "../../src/reporters/reporter.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

/** A gameday process to be killed: its sandbox is in another process, whose clock follows this one's jumps. */
interface Order {
  readonly drill: string;
  readonly endpoint: string;
  readonly credentials: Sandbox["credentials"];
  readonly controlHeaders: Sandbox["controlHeaders"];
  /** The sandbox's clock, epoch milliseconds. */
  readonly now: number;
  /** The run to resume; a new one when absent. */
  readonly resume?: string;
  /** Sends itself the signal right after the n-th of its own events is on disk, for each n. */
  readonly signalAfter?: readonly number[];
  readonly signal: NodeJS.Signals;
}

const order = JSON.parse(process.env["GAMEDAY_KILL_ORDER"]!) as Order;
const io = { ...processIo, cwd: process.cwd() };

const clock = new VirtualClock({
  startAt: order.now,
  lead: async (ms) => {
    const answer = await fetch(`${order.endpoint}/_gameday/advance?ms=${Math.ceil(ms)}`, {
      method: "POST",
      headers: order.controlHeaders,
    });
    if (!answer.ok) throw new Error(`the sandbox's clock did not follow: ${answer.status}`);
  },
});
const { stepKinds } = await shippedLibrary();
const drill = await openDrill(order.drill, stepKinds, io);
const folder = order.resume
  ? { runId: order.resume, path: join(io.cwd, ".gameday/runs", order.resume) }
  : await createRunFolder(io.cwd);
const journal = order.resume ? await readJournal(journalPath(folder.path)) : undefined;
if (journal) await cutTornLine(journalPath(folder.path), journal);
/** Is told of the earlier process's events first, and of its own as soon as they are on disk. */
let heard = -(journal?.events.length ?? 0);
const dying: Reporter = {
  name: "dying",
  onEvent: () => {
    if (order.signalAfter?.includes(++heard)) process.kill(process.pid, order.signal);
  },
};
const { exitCode } = await conduct({
  drill,
  ...(journal ? { earlier: journal } : {}),
  mode: "rehearsal",
  folder,
  clock,
  connection: connect({
    clock,
    endpoint: order.endpoint,
    credentials: order.credentials,
  }),
  people: rehearsedPeople,
  terraform: await terraformFor(drill, io),
  reporting: { reporters: [dying], recorded: () => true },
  io,
});
process.exitCode = exitCode;
