import { expect, it } from "vitest";
import { leftoverTable } from "../../../src/cli/cleanup/table.ts";
import { HOUR_MS, leftoverOf } from "./cleanup-rig.ts";

it("a line tells of each leftover whose it is, how old, until when it stays and what is done with it", () => {
  const now = Date.now();
  const rows = [
    [leftoverOf("01JD3Q", { drill: "a-drill", since: now - 3 * HOUR_MS, expires: "2026-12-01" }), "stays: kept"],
    // Of a later clock than ours, without an id, and with a name that would draw on the terminal.
    [leftoverOf("01JD3R", { since: now + HOUR_MS, entry: { kind: "iam.role", id: "a\u001b[2Jb" } }), "deleted"],
  ] as const;
  const lines = leftoverTable(rows).split("\n");
  const shown = lines.map((line) => line.replace(/3h 00m \d\ds/, "3h 00m 00s").replace(/  0\.0s {6}/, "  0.0s      "));
  expect(shown).toEqual([
    "RUN     DRILL    KIND        ID                     REGION     AGE         EXPIRES",
    "01JD3Q  a-drill  ec2.volume  vol-00000000000000000  us-west-2  3h 00m 00s  2026-12-01  stays: kept",
    expect.stringMatching(/^01JD3R {2}\? {8}iam\.role {4}a.*b +us-west-2 {2}0\.0s +deleted$/),
    "",
  ]);
  expect(shown[2]).not.toContain("\u001b");
});
