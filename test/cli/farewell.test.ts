import { expect, it } from "vitest";
import { farewell } from "../../src/cli/farewell.ts";
import type { LedgerEntry } from "../../src/engine/resource-kind.ts";

const VOLUME: LedgerEntry = {
  key: "volume#1/0",
  kind: "ec2.volume",
  region: "us-west-2",
  step: "volume",
  token: "t",
  tags: {},
  attributes: {},
  state: "created",
  id: "vol-1",
} as unknown as LedgerEntry;

it("leaving at once: 6 with resources, the signal's own code in a sandbox of its own and with nothing left", () => {
  const left = farewell({ runId: "01A", ledger: [VOLUME], ownSandbox: false });
  expect(left.exitCode).toBe(6);
  expect(left.words).toContain("gameday resume 01A");
  expect(farewell({ runId: "01A", ledger: [VOLUME], ownSandbox: true })).toEqual({
    words: expect.stringMatching(/nothing remains\n$/),
  });
  expect(farewell({ runId: "01A", ledger: [], ownSandbox: false }).exitCode).toBeUndefined();
});
