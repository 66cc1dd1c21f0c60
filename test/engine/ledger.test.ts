import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/engine/events.ts";
import { assertOwn, createToken, nameOf, remaining, unintended } from "../../src/engine/ledger.ts";
import type { LedgerEntry } from "../../src/engine/resource-kind.ts";
import { started } from "../evidence/events.ts";
import { recordOf } from "../evidence/journaled.ts";

const key = "a#1/0";
const resource = {
  key,
  kind: "test.box",
  region: "us-west-2",
  token: "gameday-0",
  tags: { "gameday:run": "01TEST" },
  attributes: { from: "drill", size: 1 },
  step: "a",
};
const INTENDED: RunEvent = { type: "resource-intended", resource };
const CREATED: RunEvent = { type: "resource-created", key, id: "box-0", adopted: false };
const DELETING: RunEvent = { type: "resource-deleting", key };
const DELETED: RunEvent = { type: "resource-deleted", key, how: "destroyed" };
const LEAKED: RunEvent = {
  type: "resource-leaked",
  key,
  failure: { code: "busy", message: "it is busy", fixer: "AWS" },
};
const KEPT: RunEvent = { type: "resource-kept", key, until: "2026-11-21T10:00:00.000Z", tagged: true };

const ledgerOf = (...events: readonly RunEvent[]) =>
  recordOf([started(), ...events.map((event, t) => ({ t, ...event }))]).ledger;
const BOX: LedgerEntry = { ...resource, id: "box-0", state: "created" };

describe("the ledger", () => {
  it.each<readonly [string, readonly RunEvent[], string, readonly ["remains" | "gone", "unintended" | "intended"]]>([
    ["was to be made", [INTENDED], "intended", ["remains", "unintended"]],
    ["was made", [INTENDED, CREATED], "created", ["remains", "unintended"]],
    [
      "was being deleted when nothing more was heard",
      [INTENDED, CREATED, DELETING],
      "deleting",
      ["remains", "unintended"],
    ],
    ["would not go", [INTENDED, CREATED, DELETING, LEAKED], "leaked", ["remains", "unintended"]],
    ["was kept on purpose", [INTENDED, CREATED, KEPT], "kept", ["remains", "intended"]],
    ["was seen to be gone", [INTENDED, CREATED, DELETING, DELETED], "deleted", ["gone", "intended"]],
  ])("of what %s", (_what, events, state, [left, meant]) => {
    const ledger = ledgerOf(...events);
    expect(ledger.map((entry) => entry.state)).toEqual([state]);
    expect(remaining(ledger)).toHaveLength(left === "remains" ? 1 : 0);
    expect(unintended(ledger)).toHaveLength(meant === "unintended" ? 1 : 0);
  });

  it("keeps what a create was asked for, and adds what AWS answered", () => {
    const created: RunEvent = { ...CREATED, attributes: { size: 2, zone: "a" } };
    expect(ledgerOf(INTENDED, created)).toEqual([
      { ...resource, id: "box-0", state: "created", attributes: { from: "drill", size: 2, zone: "a" } },
    ]);
  });

  it("says why it has what was not to be there any more", () => {
    expect(ledgerOf(INTENDED, CREATED, LEAKED)[0]).toMatchObject({ reason: "it is busy" });
    expect(ledgerOf(INTENDED, CREATED, KEPT)[0]).toMatchObject({
      keptUntil: "2026-11-21T10:00:00.000Z",
      reason: "kept on purpose until 2026-11-21T10:00:00.000Z",
    });
  });

  it("forgets nothing of a line that is intended once more", () => {
    expect(ledgerOf(INTENDED, CREATED, INTENDED)).toEqual([BOX]);
  });

  it("has no line that nobody intended", () => {
    expect(ledgerOf(CREATED, DELETING, LEAKED, KEPT, DELETED)).toEqual([]);
  });
});

describe("what a run's own is", () => {
  it("is what it has made and not given up again", () => {
    const other: LedgerEntry = { ...BOX, id: "box-1", state: "deleted" };
    expect(() => assertOwn([other, BOX, other], "test.box", "box-0")).not.toThrow();
  });

  it.each<readonly [string, Partial<LedgerEntry>]>([
    ["another id", { id: "box-1" }],
    ["another kind", { kind: "test.crate" }],
    ["being deleted", { state: "deleting" }],
    ["gone", { state: "deleted" }],
  ])("is not what is %s", (_what, more) => {
    expect(() => assertOwn([{ ...BOX, ...more }], "test.box", "box-0")).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ code: "not-of-this-run", fixer: "drill author", resourceId: "box-0" }),
      }),
    );
  });

  it("is looked up by its id, else by what it stands for, else by its token", () => {
    const { id: _, ...nameless } = BOX;
    expect(nameOf(BOX)).toBe("box-0");
    expect(nameOf({ ...nameless, standsFor: "whatever policy-1 has made" })).toBe("(whatever policy-1 has made)");
    expect(nameOf(nameless)).toBe("(id unknown, token gameday-0)");
  });

  it("carries a token of 44 characters that is the same in every process, and another for each create", () => {
    const token = createToken("01TEST", key);
    expect(token).toBe("gameday-2df4b9e4325929311347c8f94e6e615dc8b6");
    expect(new Set([token, createToken("01TEST", "a#2/0"), createToken("01OTHER", key)]).size).toBe(3);
  });
});
