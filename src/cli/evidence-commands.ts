import { Option, type Command } from "commander";
import { day, duration, numberIn } from "./argument-values.ts";
import type { Carry } from "./command-line.ts";
import type { Io } from "./io.ts";

/** What keeps, checks and compares what runs have shown. */
export function addEvidenceCommands(program: Command, io: Io, carry: Carry): void {
  program
    .command("bundle <run>")
    .description("write the evidence bundle of a run, from its folder")
    .option("--output <folder>", "a folder that is not there yet; the run's own by default")
    .option("--key <file>", "sign with this private key (PEM) or KMS key (ARN)")
    .action((run, options) =>
      carry(async () => (await import("./commands/bundle.ts")).bundle({ ...options, run }, io)),
    );
  program
    .command("verify <bundle>")
    .description("check a bundle offline; names the first thing that is wrong")
    .option("--key <key>", "the key id, or a file with the public key, that must have signed it")
    .option("--ledger <file>", "the ledger of runs it must stand in: .gameday/ledger.jsonl")
    .option("--ledger-head <hash>", "a hash of a ledger line, noted elsewhere: finds a ledger that was cut")
    .option("--live-only", "accept no rehearsal")
    .option("--passed-only", "accept only what is attested PASSED")
    .option("--reviewed", "accept only what somebody else than the operator has accepted")
    .option(
      "--reviewer-key <key>",
      "the key id, or a file with the public key, that must have signed an accepting review",
    )
    .addOption(new Option("--max-age <duration>", "accept only what ended in this time: 92d").argParser(duration))
    .action((bundle, options) =>
      carry(async () => (await import("./commands/verify.ts")).verify({ ...options, bundle }, io)),
    );
  program
    .command("review <bundle>")
    .description("verify a bundle and add a signed review to it")
    .addOption(new Option("--decision <decision>").choices(["accept", "reject"]).makeOptionMandatory())
    .requiredOption("--reviewer <name>", "who reviews: not the operator of the run")
    .option("--comment <text>")
    .option(
      "--action <actions...>",
      'who fixes a deviation of the report, by when: "D-1=Jane Doe,2026-12-31,what to do"',
    )
    .option("--accept-risk <risks...>", 'a deviation that stays as it is: "D-2=why"')
    .option("--key <file>", "the reviewer's own private key (PEM) or KMS key (ARN); one is made by default")
    .option("--signed-by <key>", "the key id, or a file with the public key, that must have signed the bundle")
    .option("--allow-self-review", "let the operator review; the review will say so")
    .action((bundle, options) =>
      carry(async () => (await import("./commands/review.ts")).review({ ...options, bundle }, io)),
    );
  program
    .command("ledger")
    .description("check the ledger of all runs by itself, and list every run it knows")
    .option("--ledger <file>", "another one than .gameday/ledger.jsonl")
    .option("--head <hash>", "a hash of one of its lines, noted elsewhere: finds a ledger that was cut")
    .addOption(new Option("--from <day>", "only runs that began on this day or later: 2026-10-01").argParser(day))
    .addOption(new Option("--to <day>", "only runs that began on this day or earlier").argParser(day))
    .option("--json", "as JSON")
    .option("--complete", "exit with 8 when a run has no result, was not declared, or is not in the ledger")
    .action((options) => carry(async () => (await import("./commands/ledger.ts")).ledger(options, io)));
  program
    .command("history [drill]")
    .description("all runs of the drills: figures, counts, trend, when the next is due")
    .option("--json", "as JSON")
    .option("--fail-on-regression", "exit with 9 when the newest run of a drill gives a regression signal")
    .addOption(new Option("--last <number>", "list so many").argParser((text) => numberIn(text, 1, 1e6)).default(20))
    .action((drill, options) =>
      carry(async () => (await import("./commands/history.ts")).history({ ...options, drill }, io)),
    );
  program
    .command("compare <before> <after>")
    .description("two runs side by side: figures, phases, steps, and what changed")
    .option("--json", "as JSON")
    .action((before, after, options) =>
      carry(async () => (await import("./commands/compare.ts")).compare({ ...options, before, after }, io)),
    );
}
