import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleRenderer } from "../../../src/cli/evidence/bundle-renderer.ts";
import { fromTheFuture, policyGaps, reviewNotes } from "../../../src/cli/evidence/verify-options.ts";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { reviewBundle, type ReviewOf } from "../../../src/evidence/bundle/review-bundle.ts";
import { verifyBundle, type VerifiedBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import { openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";
import type { Timed } from "../journaled.ts";
import { passedRehearsal } from "../runs.ts";
import { smallBundle, type SmallBundle } from "./small-bundle.ts";

const REVIEWS = "attestations/review.intoto.jsonl";
const OPERATOR = "arn:aws:sts::111122223333:assumed-role/GameDay/gameday-01JD3Q4Z";

let of: SmallBundle;
let ada: Signer;
let bob: Signer;
beforeAll(async () => {
  of = await smallBundle();
  ada = await openOrMakeKeyFile(join(of.root, "keys/ada.pem"));
  bob = await openOrMakeKeyFile(join(of.root, "keys/bob.pem"));
});
afterAll(() => of.close());

function verify(folder: string): Promise<VerifiedBundle> {
  return verifyBundle({ folder, renderer: bundleRenderer });
}

/** Each review is a minute after the one before it. */
let lastReview = Date.parse("2026-12-01T10:00:00.000Z");

async function review(folder: string, more: Partial<ReviewOf> = {}): Promise<void> {
  lastReview += 60_000;
  await reviewBundle({
    folder,
    bundle: await verify(folder),
    decision: "accept",
    reviewer: "Ada Lovelace",
    comment: "",
    actions: [],
    acceptedRisks: [],
    reviewedAt: new Date(lastReview).toISOString(),
    signer: ada,
    allowSelfReview: false,
    ...more,
  });
}

async function linesOf(folder: string): Promise<string[]> {
  return (await readFile(join(folder, REVIEWS), "utf8")).trimEnd().split("\n");
}

async function wrongWith(folder: string, lines: readonly (string | undefined)[]): Promise<unknown> {
  await writeFile(join(folder, REVIEWS), lines.map((line) => `${line}\n`).join(""));
  return verify(folder).catch((error: unknown) => error);
}

describe("reviews follow each other", () => {
  it("an acceptance that was copied, moved or kept alone after a rejection is found", async () => {
    const folder = await of.copy();
    await review(folder);
    await review(folder, { decision: "reject", signer: bob, reviewer: "Bob" });
    const [accept, reject] = await linesOf(folder);
    expect((await verify(folder)).reviews.map(({ decision }) => decision)).toEqual(["accept", "reject"]);
    const notAfter = "it does not follow the line before it";
    const found = (what: string) => ({ file: REVIEWS, what: expect.stringContaining(what) });
    expect(await wrongWith(folder, [accept, reject, accept])).toMatchObject(found(`line 3: ${notAfter}`));
    expect(await wrongWith(folder, [reject, accept])).toMatchObject(
      found("line 1: it follows a review that is not here"),
    );
    expect(await wrongWith(folder, [accept, accept])).toMatchObject(found(`line 2: ${notAfter}`));
    expect(await wrongWith(folder, [reject])).toMatchObject(found("line 1: it follows a review that is not here"));
    expect(await wrongWith(folder, [accept, reject])).toMatchObject({ files: expect.any(Number) });
  });

  it("one that was made on another copy of the bundle does not fit beside one that is here", async () => {
    const [folder, other] = [await of.copy(), await of.copy()];
    await review(folder);
    await review(other, { signer: bob, reviewer: "Bob" });
    const [[first], [second]] = [await linesOf(folder), await linesOf(other)];
    expect(await wrongWith(folder, [first, second])).toMatchObject({
      what: expect.stringContaining("made without that one; its reviewer reviews again"),
    });
  });

  it("in the order of their time: none is made with a clock that is behind, and none of that kind is accepted", async () => {
    const folder = await of.copy();
    await review(folder, { reviewedAt: "2026-12-24T10:00:00.000Z" });
    const behind = review(folder, { reviewedAt: "2026-12-23T10:00:00.000Z" });
    await expect(behind).rejects.toMatchObject({ details: { code: "clock-behind" } });
    await review(folder, { reviewedAt: "2026-12-24T10:00:00.000Z" });
    const [first, second = ""] = await linesOf(folder);
    const { payload } = JSON.parse(second) as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, "base64").toString());
    statement.predicate.reviewedAt = "2026-12-23T10:00:00.000Z";
    expect(await wrongWith(folder, [first, await seal(statement, ada)])).toMatchObject({
      what: "line 2: it is of 2026-12-23T10:00:00.000Z, and the review before it of 2026-12-24T10:00:00.000Z",
    });
  });
});

describe("the operator is no reviewer", () => {
  it.each([
    "gameday-01JD3Q4Z",
    "GameDay-01jd3q4z",
    "gameday\u200b-01JD3Q4Z",
    "\u2066gameday-01JD3Q4Z\u2069",
    "ｇａｍｅｄａｙ-01JD3Q4Z",
    "gameday\u00ad-01JD3Q4Z\u{e0041}",
    " gameday-01JD3Q4Z\t",
    "GameDay/gameday-01JD3Q4Z",
    "assumed-role/GameDay/gameday-01JD3Q4Z",
    "GameDay",
    OPERATOR,
  ])("called %j", async (reviewer) => {
    const folder = await of.copy();
    await expect(review(folder, { reviewer })).rejects.toMatchObject({ details: { code: "self-review" } });
    await review(folder, { reviewer, allowSelfReview: true });
    const [line = ""] = await linesOf(folder);
    const { payload } = JSON.parse(line) as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, "base64").toString());
    expect(statement.predicate.selfReviewed).toBe(true);
    statement.predicate.selfReviewed = false;
    expect(await wrongWith(folder, [await seal(statement, ada)])).toMatchObject({
      what: "line 1: it hides that operator and reviewer are the same",
    });
  });

  it("nor is an earlier principal of a run that was taken up again", async () => {
    const events = passedRehearsal().flatMap((event): Timed[] =>
      event.type === "identity-confirmed"
        ? [event, { ...event, t: event.t + 0.1, arn: "arn:aws:iam::111122223333:user/eve" }]
        : [event],
    );
    const resumed = await smallBundle({ events, signer: of.signer, announced: { operator: OPERATOR } });
    for (const reviewer of ["eve", "gameday-01JD3Q4Z"])
      await expect(review(resumed.path, { reviewer })).rejects.toMatchObject({ details: { code: "self-review" } });
    await resumed.close();
  });

  it("a name in which nothing can be seen is none", async () => {
    const nameless = review(await of.copy(), { reviewer: "\u200b\u2060 " });
    await expect(nameless).rejects.toMatchObject({ details: { code: "reviewer-nameless" } });
  });
});

describe("what is asked of reviews", () => {
  it("a key of the reviewer: its last review counts, and those of other keys do not", async () => {
    const folder = await of.copy();
    const gaps = async (reviewerKey: string) => policyGaps(await verify(folder), { reviewerKey }, 0);
    expect(await gaps(ada.key.keyId)).toEqual([`no review is signed by key ${ada.key.keyId}`]);
    await review(folder, { decision: "reject" });
    expect(await gaps(ada.key.keyId)).toEqual(["its last review, by Ada Lovelace, rejects it"]);
    // Anybody can call themselves Ada.
    await review(folder, { signer: bob });
    expect(policyGaps(await verify(folder), { reviewed: true }, 0)).toEqual([]);
    expect(await gaps(ada.key.keyId)).toEqual(["its last review, by Ada Lovelace, rejects it"]);
    await review(folder);
    expect(await gaps(ada.key.keyId)).toEqual([]);
    expect(await gaps(of.signer.key.keyId)).toEqual([`no review is signed by key ${of.signer.key.keyId}`]);
  });

  it("one that is signed with the run's own key is told, and not accepted", async () => {
    const folder = await of.copy();
    await review(folder, { signer: of.signer });
    const bundle = await verify(folder);
    expect(policyGaps(bundle, { reviewed: true }, 0)).toEqual([
      "its last review, by Ada Lovelace, is signed with the run's own key",
    ]);
    expect(reviewNotes(bundle)).toEqual([
      "the review by Ada Lovelace is signed with the run's own key: who ran it can have made it",
    ]);
  });

  it("one key with two names is told; one name written in two ways is one", async () => {
    const folder = await of.copy();
    await review(folder);
    await review(folder, { reviewer: "ADA  LOVELACE" });
    expect(reviewNotes(await verify(folder))).toEqual([]);
    await review(folder, { reviewer: "Bob" });
    expect(reviewNotes(await verify(folder))).toEqual([
      `key ${ada.key.keyId} has signed reviews by ADA  LOVELACE and Bob: one key, one person`,
    ]);
  });
});

describe("evidence from the future", () => {
  const ENDED = Date.parse("2026-11-20T10:51:43.000Z");

  it("of a live run is told, and neither fresh nor live; of a rehearsal, whose clock runs ahead, it is nothing", async () => {
    const live = await smallBundle({ mode: "live", signer: of.signer });
    const bundle = await verify(live.path);
    const ended = Date.parse(bundle.record.lastAt.at);
    expect(Math.abs(ended - ENDED)).toBeLessThan(86_400_000);
    const told = `it ended at ${bundle.record.lastAt.at}, which is still to come: one of the clocks is wrong`;
    const before = ended - 301_000;
    expect(policyGaps(bundle, { maxAge: 86_400_000 }, before)).toEqual([told]);
    expect(policyGaps(bundle, { liveOnly: true }, before)).toEqual([told]);
    expect(policyGaps(bundle, {}, before)).toEqual([]);
    expect(fromTheFuture(bundle, before)).toEqual([told]);
    expect(policyGaps(bundle, { maxAge: 86_400_000, liveOnly: true }, ended - 299_000)).toEqual([]);
    expect(policyGaps(bundle, { maxAge: 86_400_000 }, ended + 86_400_001)).toEqual([
      `it ended at ${bundle.record.lastAt.at}, longer ago than 24h`,
    ]);
    await live.close();
    expect(policyGaps(await verify(of.path), { maxAge: 86_400_000 }, before)).toEqual([]);
  });
});
