import { IAM } from "@aws-sdk/client-iam";
import { ulid } from "ulid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findLeftovers, type Search } from "../../../src/cli/cleanup/find-leftovers.ts";
import { createToken } from "../../../src/engine/ledger.ts";
import type { Call, Fault } from "../../../src/sandbox/gateway/call.ts";
import { AwsError } from "../../../src/sandbox/service.ts";
import { clientSettings } from "../../sandbox/client-settings.ts";
import { DR, HOUR_MS, PRIMARY, startCleanupRig, type CleanupRig } from "./cleanup-rig.ts";

let rig: CleanupRig;
let runId: string;
let other: string;
let onCall: ((call: Call) => Fault | undefined) | undefined;
beforeAll(async () => {
  rig = await startCleanupRig({ interceptors: [(call) => onCall?.(call)] });
});
beforeEach(() => {
  runId = ulid(Math.floor(rig.clock.now()) - 30 * HOUR_MS);
  other = ulid(Math.floor(rig.clock.now()) - 20 * HOUR_MS);
});
afterEach(() => {
  onCall = undefined;
});
afterAll(() => rig.close());

/** Of the runs of this test alone. */
async function find(more: Partial<Search> = {}) {
  const { leftovers, unseen } = await findLeftovers(rig.search({ named: new Set([runId, other]), ...more }));
  return { leftovers, ids: leftovers.map(({ entry }) => entry.id), unseen };
}

describe("what runs have left", () => {
  it("is told by the tags on it: whose it is, of which drill and step, since when, until when", async () => {
    const [expires, deadline] = ["2026-12-01T00:00:00.000Z", "2026-11-30T00:00:00.000Z"];
    const told = { "gameday:drill": "a-drill", "gameday:step": "restore" };
    const before = rig.clock.now();
    const id = await rig.volume({
      "gameday:run": runId,
      ...told,
      "gameday:expires": expires,
      "gameday:deadline": deadline,
    });
    const { leftovers } = await find();
    const key = `sweep/${DR}/ec2.volume/${id}`;
    expect(leftovers).toEqual([
      {
        runId,
        drill: "a-drill",
        since: expect.any(Number),
        expires,
        deadline,
        entry: {
          key,
          kind: "ec2.volume",
          region: DR,
          id,
          token: createToken(runId, key),
          tags: expect.objectContaining({ "gameday:run": runId }),
          attributes: {},
          step: "restore",
          state: "created",
        },
      },
    ]);
    expect(leftovers[0]!.since).toBeGreaterThanOrEqual(before);
  });

  it("has neither an end nor a deadline that nothing tells", async () => {
    await rig.volume({ "gameday:run": runId });
    const { leftovers } = await find();
    expect(leftovers).toMatchObject([{ drill: "", entry: { step: "" } }]);
    expect(Object.keys(leftovers[0]!)).toEqual(["runId", "drill", "since", "entry"]);
  });

  it("is listed once where ledger and tag tell of it, as the ledger has it", async () => {
    const id = await rig.volume({ "gameday:run": runId });
    const [kept, lost] = [`${id.slice(0, -1)}x`, `${id.slice(0, -1)}y`];
    const made = [id, kept, lost].map((one) => ({ kind: "ec2.volume", id: one }));
    const until = "2026-12-01T00:00:00.000Z";
    const known = await rig.known({
      runId,
      made,
      more: [
        { t: 4, type: "resource-kept", key: "ok#1/1", until, tagged: true },
        { t: 5, type: "resource-deleting", key: "ok#1/2" },
      ],
    });
    const { leftovers } = await find({ known: [known] });
    const since = Date.parse(known.record.startedAt.at);
    expect(leftovers).toMatchObject([
      { runId, drill: "quick", since, entry: { id, key: "ok#1/0" } },
      { entry: { id: kept }, expires: until },
      // Nobody has seen it gone.
      { entry: { id: lost, state: "deleting" } },
    ]);
    expect(leftovers.map((one) => "expires" in one)).toEqual([false, true, false]);
  });

  it("is not what the ledger has as gone, though AWS may show its tag for a while", async () => {
    const id = await rig.volume({ "gameday:run": runId });
    const gone = { t: 4, type: "resource-deleted", key: "ok#1/0", how: "destroyed" } as const;
    const known = await rig.known({ runId, made: [{ kind: "ec2.volume", id }], more: [gone] });
    expect((await find({ known: [known] })).ids).toEqual([]);
    expect((await find()).ids).toEqual([id]);
  });

  it("is that of the runs that are named, and of all when none is", async () => {
    const [own, others] = [await rig.volume({ "gameday:run": runId }), await rig.volume({ "gameday:run": other })];
    const known = [
      await rig.known({ runId, made: [{ kind: "ec2.volume", id: "vol-1" }] }),
      await rig.known({ runId: other, made: [{ kind: "ec2.volume", id: "vol-2" }] }),
    ];
    expect((await find({ known, named: new Set([other]) })).ids).toEqual(["vol-2", others]);
    const all = await find({ known, named: new Set() });
    expect(all.ids).toEqual(expect.arrayContaining(["vol-1", "vol-2", own, others]));
  });
});

describe("where runs may have left something", () => {
  it("a Region that does not let itself be looked at is told, and keeps nothing else from being found", async () => {
    const id = await rig.volume({ "gameday:run": runId });
    onCall = ({ operation, region }) =>
      operation === "DescribeVolumes" && region === PRIMARY
        ? { kind: "error", error: new AwsError("UnauthorizedOperation", "You are not authorized.", 403) }
        : undefined;
    const { ids, unseen } = await find();
    expect(ids).toEqual([id]);
    expect(unseen).toEqual([expect.stringMatching(/^ec2\.volume in us-east-1: .*UnauthorizedOperation/)]);
  });

  it("what has no Region is looked for once, and is of the run since that began where AWS does not say", async () => {
    const iam = new IAM(clientSettings(rig.sandbox));
    const Tags = [{ Key: "gameday:run", Value: runId }];
    const trust = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
    const AssumeRolePolicyDocument = JSON.stringify({ Statement: [trust] });
    await rig.clock.during(() => iam.createRole({ RoleName: "left", AssumeRolePolicyDocument, Tags }));
    iam.destroy();
    let looks = 0;
    onCall = ({ operation }) => void (looks += operation === "ListRoles" ? 1 : 0);
    const { leftovers } = await find();
    expect(leftovers).toMatchObject([{ entry: { kind: "iam.role", region: PRIMARY, id: "left" } }]);
    expect(looks).toBe(1);
  });
});
