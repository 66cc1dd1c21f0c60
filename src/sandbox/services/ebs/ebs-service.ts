import type * as Client from "@aws-sdk/client-ebs";
import { defineService, type SandboxService } from "../../gateway/sandbox-service.ts";
import { restJson } from "../../protocols/rest-json.ts";
import { BLOCK_BYTES, changedBlocks, type BlockList } from "../../disks/block-list.ts";
import { AwsError, type Handlers, type RequestContext } from "../../service.ts";
import type { Ec2 } from "../ec2/ec2.ts";
import type { Snapshot } from "../ec2/model.ts";
import { BLOCK_TOKEN_MS, PAGE_TOKEN_MS, readToken, writeToken } from "./tokens.ts";

/** The EBS direct APIs, for reading: which blocks a snapshot holds, where two differ, and the bytes of each. */
export function ebsService(ec2: Ec2): SandboxService<object> {
  return defineService<typeof Client>({
    name: "ebs",
    signingNames: ["ebs"],
    protocols: [restJson()],
    loadSchemas: () => import("@aws-sdk/client-ebs"),
    handlers: handlers(ec2),
  });
}

function handlers(ec2: Ec2): Handlers<typeof Client> {
  return {
    ListSnapshotBlocks: (input, at) => {
      const snapshot = readable(ec2, at, input.SnapshotId);
      const indexes = [...snapshot.blocks.blocks.keys()];
      const { page, NextToken } = pageOf(indexes, { ...input, scope: snapshot.id }, at.now);
      const expiresAt = at.now + BLOCK_TOKEN_MS;
      return {
        Blocks: page.map((BlockIndex) => ({ BlockIndex, BlockToken: blockToken(snapshot, BlockIndex, expiresAt) })),
        ...facts(snapshot, expiresAt),
        NextToken,
      };
    },
    ListChangedBlocks: (input, at) => {
      const second = readable(ec2, at, input.SecondSnapshotId);
      const first = input.FirstSnapshotId === undefined ? undefined : readable(ec2, at, input.FirstSnapshotId);
      if (first && first.lineage !== second.lineage) {
        throw invalid("UNRELATED_SNAPSHOTS", "The specified snapshots are unrelated: they are not of the same lineage");
      }
      const earlier: BlockList = first?.blocks ?? { volumeBytes: second.blocks.volumeBytes, blocks: new Map() };
      const scope = `${first?.id ?? ""}/${second.id}`;
      const { page, NextToken } = pageOf(changedBlocks(earlier, second.blocks), { ...input, scope }, at.now);
      const expiresAt = at.now + BLOCK_TOKEN_MS;
      const token = (snapshot: Snapshot | undefined, index: number) =>
        snapshot?.blocks.blocks.has(index) ? blockToken(snapshot, index, expiresAt) : undefined;
      return {
        ChangedBlocks: page.map((BlockIndex) => ({
          BlockIndex,
          FirstBlockToken: token(first, BlockIndex),
          SecondBlockToken: token(second, BlockIndex),
        })),
        ...facts(second, expiresAt),
        NextToken,
      };
    },
    GetSnapshotBlock: async (input, at) => {
      const snapshot = readable(ec2, at, input.SnapshotId);
      const [id, index] = readToken(input.BlockToken ?? "", at.now, "BlockToken");
      if (id !== snapshot.id || index !== input.BlockIndex) {
        throw invalid("INVALID_BLOCK_TOKEN", "The provided BlockToken is not for this block of this snapshot");
      }
      const hash = snapshot.blocks.blocks.get(index!);
      if (hash === undefined) throw invalid("INVALID_BLOCK", "The block is not in the snapshot");
      return {
        BlockData: (await ec2.store.get(hash)) as Uint8Array as BlockBody,
        DataLength: BLOCK_BYTES,
        Checksum: Buffer.from(hash, "hex").toString("base64"),
        ChecksumAlgorithm: "SHA256",
      };
    },
  };
}

/** The client's type of the body is a stream it reads from; what a server writes are the bytes. */
type BlockBody = NonNullable<Client.GetSnapshotBlockCommandOutput["BlockData"]> & Uint8Array;

function readable(ec2: Ec2, at: RequestContext, id: string | undefined): Snapshot {
  const snapshot = ec2.region(at.region).snapshots.find(id ?? "");
  if (!snapshot) {
    throw new AwsError("ResourceNotFoundException", `The snapshot '${id}' does not exist.`, 404, {
      Reason: "SNAPSHOT_NOT_FOUND",
    });
  }
  if (snapshot.state !== "completed") {
    throw invalid("INVALID_SNAPSHOT", `The snapshot '${id}' is not in the 'completed' state.`);
  }
  const cause = snapshot.kmsKeyArn && ec2.keys.whyUnusable(at.region, snapshot.kmsKeyArn, at.principalArn);
  if (!cause) return snapshot;
  throw new AwsError("AccessDeniedException", "The KMS key of the snapshot cannot be used.", 403, {
    Reason: "DEPENDENCY_ACCESS_DENIED",
  });
}

interface Paging {
  readonly scope: string;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly StartingBlockIndex?: number | undefined;
}

const LEAST = 100;
const MOST = 10_000;

function pageOf(indexes: readonly number[], paging: Paging, now: number) {
  const { scope, NextToken, MaxResults = MOST, StartingBlockIndex = 0 } = paging;
  if (MaxResults < LEAST || MaxResults > MOST) {
    throw invalid("INVALID_PARAMETER_VALUE", `MaxResults must be between ${LEAST} and ${MOST}`);
  }
  const from = NextToken === undefined ? StartingBlockIndex : nextIndex(NextToken, scope, now);
  const rest = indexes.filter((index) => index >= from);
  const next = rest[MaxResults];
  return {
    page: rest.slice(0, MaxResults),
    NextToken: next === undefined ? undefined : writeToken([scope, next], now + PAGE_TOKEN_MS),
  };
}

function nextIndex(token: string, scope: string, now: number): number {
  const [of, index] = readToken(token, now, "NextToken");
  if (of === scope && typeof index === "number") return index;
  throw invalid("INVALID_PAGE_TOKEN", "The provided NextToken is not for this listing");
}

const blockToken = ({ id }: Snapshot, index: number, expiresAt: number) => writeToken([id, index], expiresAt);

const facts = ({ sizeGib }: Snapshot, expiresAt: number) => ({
  BlockSize: BLOCK_BYTES,
  VolumeSize: sizeGib,
  ExpiryTime: new Date(expiresAt),
});

function invalid(Reason: string, message: string): AwsError {
  return new AwsError("ValidationException", message, 400, { Reason });
}
