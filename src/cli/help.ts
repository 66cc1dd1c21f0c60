import { EXIT_CODES } from "../engine/exit-code.ts";

const COMMANDS: readonly (readonly [usage: string, does: string])[] = [
  ["rehearse [drill]", "Run a drill on the embedded sandbox: no AWS account, hours of waiting in seconds"],
  ["rehearse [drill] --faults all", "Drill the drill: once for each fault at each AWS operation it calls"],
  ["run <drill>", "Run a drill on AWS"],
  ["resume <run>", "Go on with a run that was cut off, or finish its teardown"],
  ["cleanup [runs...]", "List what earlier runs have left; with --yes delete it"],
  ["validate [drills...]", "Check drill files; every problem with its place"],
  ["plan <drill>", "What a run would do, create and need, and how long it may take"],
  ["list", "The drills at hand"],
  ["init <name>", "Write a commented starter drill"],
  ["permissions <drill>", "The least-privilege IAM policy a drill needs"],
  ["schema", "The JSON Schema of drill files"],
  ["doctor [drill]", "Is this machine ready? Node, Terraform, credentials, Regions"],
  ["report <run>", "Render the report of a run again, from its journal"],
  ["bundle <run>", "Write the evidence bundle of a run, from its folder"],
  ["verify <bundle>", "Check a bundle offline; names the first thing that is wrong"],
  ["review <bundle>", "Add a signed review to a bundle"],
  ["ledger", "Check the ledger of all runs, and list every run it knows"],
  ["history [drill]", "All runs: figures, counts, trend, when the next is due"],
  ["compare <a> <b>", "Two runs side by side, and what changed"],
  ["sandbox", "Run the sandbox alone, for Terraform, the AWS CLI or any SDK"],
];

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** What `gameday --help` prints. */
export const HELP = `gameday: disaster-recovery drills for AWS. Proof that recovery works, and how long it takes.

Usage: gameday <command> [options]

Commands:
${table(COMMANDS)}

  gameday <command> --help tells a command's options.

Exit codes:
${table(Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]))}
`;
