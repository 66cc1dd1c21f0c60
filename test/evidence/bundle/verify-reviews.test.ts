import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { seal } from "../../../src/evidence/attestation/envelope.ts";
import { sha256 } from "../../../src/evidence/attestation/result.ts";
import type { Review, Statement } from "../../../src/evidence/attestation/statements.ts";
import { reviewBundle, type ReviewOf } from "../../../src/evidence/bundle/review-bundle.ts";
import type { VerifiedBundle } from "../../../src/evidence/bundle/verify-bundle.ts";
import { verifyReviews, type VerifiedReview } from "../../../src/evidence/bundle/verify-reviews.ts";
import type { SignedPart } from "../../../src/evidence/bundle/verify-signed.ts";
import { Wrong } from "../../../src/evidence/bundle/wrong.ts";
import { openOrMakeKeyFile } from "../../../src/evidence/signing/key-file.ts";
import type { Signer } from "../../../src/evidence/signing/signer.ts";

const FILE = "attestations/review.intoto.jsonl";
const OPERATOR = "arn:aws:iam::111122223333:user/pat";
const facts = { run: "01RUN", operator: OPERATOR };
const signed = {
  result: { gameday: facts },
  resultDigest: "ab".repeat(32),
  manifestText: "the manifest",
} as SignedPart;

let root: string;
let folder: string;
let ada: Signer;
let bob: Signer;
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gameday-reviews-"));
  [ada, bob] = [await openOrMakeKeyFile(join(root, "ada.pem")), await openOrMakeKeyFile(join(root, "bob.pem"))];
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = join(root, `${++folders}`);
  await mkdir(join(folder, "attestations"), { recursive: true });
});

const reviews = () => verifyReviews({ folder, signed, operators: [OPERATOR, "Pat Doe"] });

async function review(over: Partial<ReviewOf> = {}): Promise<string> {
  const bundle = {
    result: signed.result,
    resultDigest: signed.resultDigest,
    manifest: signed.manifestText,
    operators: [OPERATOR, "Pat Doe"],
    reviews: await reviews(),
  } as Pick<VerifiedBundle, "operators" | "reviews"> as VerifiedBundle;
  return reviewBundle({
    folder,
    bundle,
    decision: "accept",
    reviewer: "Ada Lovelace",
    comment: "read",
    actions: [],
    acceptedRisks: [],
    reviewedAt: "2026-12-01T10:00:00.000Z",
    signer: ada,
    allowSelfReview: false,
    ...over,
  });
}

const lines = async () => (await readFile(join(folder, FILE), "utf8")).split("\n").slice(0, -1);

function statementIn(line = ""): Statement<Review> {
  return JSON.parse(Buffer.from(JSON.parse(line).payload, "base64").toString());
}

/** What is wrong with the reviews of this text. */
async function wrongWith(text: string): Promise<string> {
  await writeFile(join(folder, FILE), text);
  return reviews().then(
    () => "nothing",
    (error: unknown) => {
      if (error instanceof Wrong && error.file === FILE) return error.what;
      throw error;
    },
  );
}

/** What is wrong with the one review after its author has made it say otherwise. */
async function forged(change: (statement: Statement<Review>) => object, by = ada): Promise<string> {
  await rm(join(folder, FILE), { force: true });
  await review();
  const statement = statementIn((await lines())[0]);
  return wrongWith(`${await seal({ ...statement, ...change(statement) }, by)}\n`);
}

const predicate = (over: Partial<Review>) => (statement: Statement<Review>) => ({
  predicate: { ...statement.predicate, ...over },
});

it("a bundle that nobody has reviewed has no reviews", async () => {
  expect(await reviews()).toEqual([]);
});

it("a review is about the bundle and its result, with all that was said, and the next one follows it", async () => {
  const actions = [{ deviation: "D-1", code: "rto", owner: "Bob", due: "2026-12-31" }];
  const acceptedRisks = [{ deviation: "D-2", code: "rpo", reason: "known" }];
  const first = await review({ actions, acceptedRisks });
  const second = await review({ signer: bob, reviewer: "Bob", decision: "reject", comment: "" });
  const [line] = await lines();
  expect(statementIn(line).subject).toEqual([
    { name: "MANIFEST.sha256", digest: { sha256: sha256("the manifest") } },
    { name: "attestations/result.intoto.jsonl", digest: { sha256: signed.resultDigest } },
  ]);
  const common = { run: "01RUN", operator: OPERATOR, selfReviewed: false, reviewedAt: "2026-12-01T10:00:00.000Z" };
  expect(await reviews()).toEqual<readonly VerifiedReview[]>([
    {
      ...common,
      decision: "accept",
      reviewer: "Ada Lovelace",
      comment: "read",
      actions,
      acceptedRisks,
      publicKey: ada.key.publicKeyPem,
      keyId: ada.key.keyId,
      statement: first,
    },
    {
      ...common,
      decision: "reject",
      reviewer: "Bob",
      comment: "",
      previous: first,
      publicKey: bob.key.publicKeyPem,
      keyId: bob.key.keyId,
      statement: second,
    },
  ]);
});

describe("a review that is made", () => {
  it("has a reviewer with a name, who is not the operator unless it says so", async () => {
    await expect(review({ reviewer: "\u200b " })).rejects.toMatchObject({ details: { code: "reviewer-nameless" } });
    await expect(review({ reviewer: "pat" })).rejects.toMatchObject({ details: { code: "self-review" } });
    await expect(review({ reviewer: "pat" })).rejects.toThrow(`pat is the operator of this run (${OPERATOR}, Pat Doe)`);
    await review({ reviewer: "pat", allowSelfReview: true });
    expect(await reviews()).toMatchObject([{ selfReviewed: true }]);
    await review({ allowSelfReview: true });
    expect(await reviews()).toMatchObject([{ selfReviewed: true }, { selfReviewed: false }]);
  });

  it("is not before the one that it follows, by a millisecond; at the same instant it may be", async () => {
    await review();
    await expect(review({ reviewedAt: "2026-12-01T09:59:59.999Z" })).rejects.toMatchObject({
      details: { code: "clock-behind", message: expect.stringContaining("by Ada Lovelace, is of 2026-12-01T10:00:00") },
    });
    await review();
    expect(await reviews()).toHaveLength(2);
  });
});

describe("what is wrong with reviews is named by line", () => {
  it("of another form, or not signed by the key that they hold", async () => {
    expect(await wrongWith("")).toBe("its last line is cut off");
    expect(await wrongWith("{}\n")).toBe("line 1: it is not a DSSE envelope");
    expect(await forged(predicate({ publicKey: "no key" }))).toBe("line 1: it holds no public key");
    expect(await forged(predicate({}), bob)).toBe(
      `line 1: it is signed by key ${bob.key.keyId}, not by ${ada.key.keyId}`,
    );
    await rm(join(folder, FILE));
    await review();
    const [line = ""] = await lines();
    expect(await wrongWith(line)).toBe("its last line is cut off");
    expect(await wrongWith(`${line}\n`)).toBe("nothing");
  });

  it("of another bundle, another result, another run", async () => {
    const about = (name: string, digest: string) => (statement: Statement<Review>) => ({
      subject: statement.subject.map((one) => (one.name === name ? { name, digest: { sha256: digest } } : one)),
    });
    expect(await forged(about("MANIFEST.sha256", "00".repeat(32)))).toBe("line 1: it is about another bundle");
    expect(await forged(({ subject }) => ({ subject: subject.slice(1) }))).toBe("line 1: it is about another bundle");
    expect(await forged(about("attestations/result.intoto.jsonl", "00".repeat(32)))).toBe(
      "line 1: it is about another result",
    );
    expect(await forged(({ subject }) => ({ subject: subject.slice(0, 1) }))).toBe(
      "line 1: it is about another result",
    );
    expect(await forged(predicate({ run: "01OTHER" }))).toBe("line 1: it is of run 01OTHER");
  });

  it("by nobody, or by the operator without a word", async () => {
    expect(await forged(predicate({ operator: "somebody" }))).toBe("line 1: it names another operator than the result");
    expect(await forged(predicate({ reviewer: "\u200b" }))).toBe("line 1: it names no reviewer");
    const hides = "line 1: it hides that operator and reviewer are the same";
    expect(await forged(predicate({ reviewer: "PAT" }))).toBe(hides);
    expect(await forged(predicate({ reviewer: "Pat  Doe" }))).toBe(hides);
    expect(await forged(predicate({ selfReviewed: true }))).toBe(hides);
    expect(await forged(predicate({ reviewer: "pat", selfReviewed: true }))).toBe("nothing");
  });

  it("out of their order: moved, copied, left out, or with a clock that was behind", async () => {
    await review();
    await review({ signer: bob, reviewer: "Bob" });
    const [first = "", second = ""] = await lines();
    const follows = "it does not follow the line before it: it was moved or copied, or made without that one";
    expect(await wrongWith(`${second}\n`)).toBe("line 1: it follows a review that is not here");
    expect(await wrongWith(`${first}\n${first}\n`)).toContain(`line 2: ${follows}`);
    expect(await wrongWith(`${first}\n${second}\n${second}\n`)).toContain(`line 3: ${follows}`);
    const { predicate: told, ...statement } = statementIn(second);
    const early = { ...statement, predicate: { ...told, reviewedAt: "2026-12-01T09:59:59.999Z" } };
    expect(await wrongWith(`${first}\n${await seal(early, bob)}\n`)).toBe(
      "line 2: it is of 2026-12-01T09:59:59.999Z, and the review before it of 2026-12-01T10:00:00.000Z",
    );
    expect(await wrongWith(`${first}\n${second}\n`)).toBe("nothing");
  });
});
