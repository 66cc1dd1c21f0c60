import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { connect } from "../../src/aws/connection.ts";
import { chooseDrill } from "../../src/cli/commands/rehearse.ts";
import { conduct } from "../../src/cli/conduct.ts";
import { rehearsedPeople } from "../../src/cli/people.ts";
import { startRehearsalSandbox } from "../../src/cli/aws/rehearsal-sandbox.ts";
import { createRunFolder } from "../../src/cli/runs/run-folder.ts";
import { recoveryTime } from "../../src/evidence/recovery-time.ts";
import { VirtualClock } from "../../src/time/virtual-clock.ts";

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

/** Rehearses a drill as the command does; its events, its record, and the sandbox's own log. */
export async function rehearsal(drillName) {
  const cwd = await mkdtemp(join(tmpdir(), "gameday-bench-"));
  const io = { stdout: nowhere(), stderr: nowhere(), stdin: process.stdin, env: process.env, cwd };
  const { drill, terraform } = await chooseDrill(drillName, io);
  const run = await createRunFolder(cwd);
  const clock = new VirtualClock();
  const sandbox = await startRehearsalSandbox({ drill, clock, folder: join(run.path, "sandbox") });
  const connection = connect({ clock, endpoint: sandbox.endpoint, credentials: sandbox.credentials });
  const events = [];
  const reporting = { reporters: [{ name: "bench", onEvent: (event) => void events.push(event) }] };
  const began = performance.now();
  try {
    const { record } = await conduct({
      drill,
      mode: "rehearsal",
      folder: run,
      clock,
      connection,
      people: rehearsedPeople,
      terraform,
      reporting,
      io,
    });
    return {
      events,
      record,
      log: sandbox.world.log,
      recovery: recoveryTime(record),
      rtaMs: recoveryTime(record)?.rtaMs,
      wallMs: performance.now() - began,
    };
  } finally {
    await sandbox.close();
    await rm(cwd, { recursive: true, force: true });
  }
}
