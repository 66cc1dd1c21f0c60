import { createHash } from "node:crypto";
import type { ListSnapshotBlocksResponse } from "@aws-sdk/client-ebs";
import { Failure, type FailureDetails } from "../../engine/failure.ts";
import type { Clock } from "../../time/clock.ts";
import type { Aws } from "../../aws/aws.ts";

/** A snapshot whose bytes are read through the EBS direct APIs. */
export interface BlockSource {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly region: string;
  readonly snapshotId: string;
}

export interface Block {
  readonly index: number;
  readonly token: string;
}

export interface Blocks {
  readonly volumeSizeGiB: number;
  readonly blockSize: number;
  /** Written blocks in index order; a block that is not listed is zeros. */
  readonly blocks: AsyncIterable<Block>;
}

/** ListSnapshotBlocks takes 100 to 10,000. */
const PAGE = 10_000;

/** Lists the written blocks, page by page as they are read; the first page is asked for at once. */
export async function listBlocks(source: BlockSource): Promise<Blocks> {
  const first = await page(source, undefined);
  return {
    volumeSizeGiB: first.VolumeSize ?? 0,
    blockSize: first.BlockSize ?? 524_288,
    blocks: pagesFrom(source, first),
  };
}

async function* pagesFrom(source: BlockSource, first: ListSnapshotBlocksResponse): AsyncGenerator<Block> {
  let current = first;
  for (;;) {
    for (const { BlockIndex, BlockToken } of current.Blocks ?? []) {
      if (BlockIndex !== undefined && BlockToken !== undefined) yield { index: BlockIndex, token: BlockToken };
    }
    // A page may be empty and still have a successor.
    if (!current.NextToken) return;
    current = await page(source, current.NextToken);
  }
}

async function page(source: BlockSource, token: string | undefined): Promise<ListSnapshotBlocksResponse> {
  const ebs = await source.aws.ebs(source.region);
  return ebs.listSnapshotBlocks({
    SnapshotId: source.snapshotId,
    MaxResults: PAGE,
    ...(token === undefined ? {} : { NextToken: token }),
  });
}

/** A block's bytes come as a stream that may break off after the call itself has succeeded; the SDK does not repeat that. */
const MOST_READS = 5;
const FIRST_PAUSE_MS = 500;

/** The SHA-256 (base64) of a block's bytes as they came, which must also be the one AWS sends along. @throws Failure */
export async function blockDigest(source: BlockSource, block: Block): Promise<string> {
  const { bytes, checksum } = await readBlock(source, block);
  // Not createHash: hundreds of blocks a second come in, and this way other threads hash them.
  const hashed = await source.clock.during(() => crypto.subtle.digest("SHA-256", bytes));
  const digest = Buffer.from(hashed).toString("base64");
  if (digest === checksum) return digest;
  throw blockFailure(source, {
    code: "block-damaged",
    message: `Block ${block.index} of ${source.snapshotId} does not have the checksum that EBS sent along`,
    next: "run the step again; if it stays, ask AWS support with the snapshot id",
  });
}

interface ReadBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly checksum: string | undefined;
}

async function readBlock(source: BlockSource, { index, token }: Block): Promise<ReadBlock> {
  const { clock, snapshotId: SnapshotId } = source;
  const ebs = await source.aws.ebs(source.region);
  for (let reads = 1; ; reads++) {
    const answer = await ebs.getSnapshotBlock({ SnapshotId, BlockIndex: index, BlockToken: token });
    try {
      const bytes = await clock.during(() => answer.BlockData!.transformToByteArray());
      return { bytes: bytes as Uint8Array<ArrayBuffer>, checksum: answer.Checksum };
    } catch (cause) {
      if (reads === MOST_READS)
        throw blockFailure(source, {
          code: "block-cut-off",
          message: `Block ${index} of ${SnapshotId} broke off ${reads} times while it was read`,
          next: "check the network between here and EBS, then run it again",
          cause,
        });
      await clock.sleep(FIRST_PAUSE_MS * 2 ** reads);
    }
  }
}

function blockFailure(
  { snapshotId }: BlockSource,
  details: Pick<FailureDetails, "code" | "message" | "next" | "cause">,
): Failure {
  return new Failure({ ...details, fixer: "AWS", resourceId: snapshotId });
}

export function zeroDigest(blockSize: number): string {
  return createHash("sha256").update(Buffer.alloc(blockSize)).digest("base64");
}
