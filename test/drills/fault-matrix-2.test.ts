import { expect, test } from "vitest";
import { EVERYTHING, oneCell, partOfMatrix, report, wrongIn } from "./fault-matrix.ts";

/** What a careless runner gets wrong: fault, operation, and how the run must end. */
const TRAPS = [
  // A snapshot that nobody sees yet, and whose answer got lost, must not be made a second time.
  ["hidden-and-lost", "ec2:CreateSnapshot", "passed (0)"],
  // A volume in error that EC2 will not delete at once.
  ["failed", "ec2:CreateVolume", "failed (5)"],
  // Every answer is lost: what was made is found by its tag and destroyed.
  ["deaf", "ec2:CreateVolume", "failed (5)"],
  // Nothing works any more: what remains is named by id.
  ["expired", "ec2:AttachVolume", "failed (6)"],
] as const;

test.skipIf(EVERYTHING)("the traps end as they must", async () => {
  const results = await Promise.all(TRAPS.map(([fault, operation]) => oneCell("ebs-snapshot-copy", fault, operation)));
  expect(wrongIn(results)).toEqual([]);
  const ends = results.map(({ fault, operation, outcome, exitCode }) => [fault, operation, `${outcome} (${exitCode})`]);
  expect(ends).toEqual(TRAPS.map((trap) => [...trap]));
});

test.runIf(EVERYTHING)("the other half ends in a documented way, too", { timeout: 3_600_000 }, async () => {
  const results = await partOfMatrix({
    drill: "ebs-snapshot-copy",
    faults: "all",
    choose: (cells) => cells.filter((_, index) => index % 2 === 1),
  });
  expect(wrongIn(results)).toEqual([]);
  report("faults, second half", results);
});
