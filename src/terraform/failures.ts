import { Failure, type FailureDetails } from "../engine/failure.ts";
import { describeDiagnostics, firstError } from "./diagnostics.ts";
import { hasErroredState, readState } from "./state.ts";
import type { CommandEnd, Tool } from "./tool.ts";

const LOCK_SUMMARY = "Error acquiring the state lock";
/** The versions of the machine-readable UI that we read. */
const UI_MAJOR = "1";

/** @throws Failure when the command did not do its work: Terraform's own diagnostics, and what to do next. */
export async function assertDone(tool: Tool, command: CommandEnd): Promise<void> {
  const { end, transcript, verb } = command;
  const name = `terraform ${verb}`;
  if (end.spawnError !== undefined) throw notStarted(tool, end.spawnError);
  if (end.stillRunning !== undefined) throw doesNotStop(name, end.stillRunning);
  if (end.exitCode === 0 && !end.stopped) return assertUnderstood(name, command);
  const details = explanation(command);
  if (end.stopped) throw interrupted(name, details);
  if (await hasErroredState(tool.folder)) throw stateUnwritten(tool, details);
  if (end.signal !== undefined) throw await killed(tool, { name, signal: end.signal, details });
  if (transcript.diagnostics.some((each) => each.summary === LOCK_SUMMARY)) throw stateLocked(tool, details);
  throw new Failure({
    code: `terraform-${verb}-failed`,
    message: `${name} failed${suffix(firstError(transcript.diagnostics))}`,
    fixer: "drill author",
    next: NEXT[verb] ?? "correct the configuration, then run the drill again",
    details,
  });
}

const NEXT: Readonly<Record<string, string>> = {
  init: "gameday doctor shows which terraform and which provider are found",
  destroy: "correct the cause, then gameday cleanup",
};

/** A program that ends well but speaks another language has not proved that it did anything. */
function assertUnderstood(name: string, { transcript, verb }: CommandEnd): void {
  if (verb === "init") return;
  const ui = transcript.uiVersion;
  if (ui?.split(".")[0] === UI_MAJOR && transcript.finished) return;
  throw new Failure({
    code: "terraform-not-understood",
    message: `${name} ended with exit code 0, but ${whatIsMissing(ui)}`,
    fixer: "operator",
    next: "gameday doctor shows which program is run as terraform",
    details: transcript.text,
  });
}

function whatIsMissing(ui: string | undefined): string {
  if (ui === undefined) return "it printed nothing of Terraform's machine-readable output";
  if (ui.split(".")[0] !== UI_MAJOR) return `its output is of version ${ui}, and gameday reads version ${UI_MAJOR}`;
  return "it printed no change summary";
}

function explanation({ transcript }: CommandEnd): readonly string[] {
  const said = describeDiagnostics(transcript.diagnostics);
  return said.length > 0 ? said : transcript.text;
}

function suffix(error: string | undefined): string {
  return error === undefined ? "" : `: ${error}`;
}

function notStarted(tool: Tool, code: string): Failure {
  return new Failure({
    code: "terraform-not-started",
    message: `${tool.binary} cannot be started (${code})`,
    fixer: "operator",
    next: "gameday doctor",
  });
}

function doesNotStop(name: string, pid: number): Failure {
  return new Failure({
    code: "terraform-does-not-stop",
    message: `${name} (process ${pid}) was interrupted and still runs`,
    fixer: "operator",
    next: `wait until process ${pid} has ended, then gameday cleanup`,
    consequence: "aborted",
  });
}

function interrupted(name: string, details: readonly string[]): Failure {
  return new Failure({
    code: "terraform-interrupted",
    message: `${name} was interrupted; what it had made by then is in its state`,
    fixer: "operator",
    details,
    consequence: "aborted",
  });
}

async function killed(tool: Tool, of: { name: string; signal: string; details: readonly string[] }): Promise<Failure> {
  const state = await readState(tool.folder);
  const lost = state.is === "empty" || state.is === "unreadable";
  return new Failure({
    code: lost ? "terraform-state-lost" : "terraform-killed",
    message: `${of.name} was killed by ${of.signal}${lost ? `, and its state in ${tool.folder} is ${state.is}` : ""}`,
    fixer: "operator",
    next: searchByTag(tool),
    details: of.details,
  });
}

function stateUnwritten(tool: Tool, details: readonly string[]): Failure {
  return new Failure({
    code: "terraform-state-unwritten",
    message: `terraform could not write its state in ${tool.folder}; it is in errored.tfstate, which teardown uses`,
    fixer: "operator",
    next: "see that the disk has room and the folder can be written to",
    details,
  });
}

function stateLocked(tool: Tool, details: readonly string[]): Failure {
  return new Failure({
    code: "terraform-state-locked",
    message: `another terraform holds the lock of the state in ${tool.folder}`,
    fixer: "operator",
    next: "let it end, then run again; if it is dead: terraform force-unlock with the lock id below, in that folder",
    details,
  });
}

/** The state cannot say what exists: something was made, or may have been, that it does not list. */
export function stateLost(tool: Tool, why: string, details: readonly string[] = []): Failure {
  const failure: FailureDetails = {
    code: "terraform-state-lost",
    message: `the terraform state in ${tool.folder} does not tell what exists: ${why}`,
    fixer: "operator",
    next: searchByTag(tool),
    details,
  };
  return new Failure(failure);
}

function searchByTag({ scope }: Tool): string {
  const filter = `--tag-filters Key=gameday:run,Values=${scope.runId}`;
  const regions = [...new Set([scope.regions.primary, scope.regions.dr])];
  return `look for what carries this run's tag: ${regions
    .map((region) => `aws resourcegroupstaggingapi get-resources --region ${region} ${filter}`)
    .join(" ; ")}`;
}
