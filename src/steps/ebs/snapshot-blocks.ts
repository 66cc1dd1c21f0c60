import { createHash } from "node:crypto";
import type { ListSnapshotBlocksResponse } from "@aws-sdk/client-ebs";
import { Failure } from "../../engine/failure.ts";
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

/** The SHA-256 of a block's bytes as they came, which must also be the one AWS sends along. @throws Failure */
export async function blockDigest(source: BlockSource, block: Block): Promise<string> {
  const ebs = await source.aws.ebs(source.region);
  const { snapshotId: SnapshotId } = source;
  const answer = await ebs.getSnapshotBlock({ SnapshotId, BlockIndex: block.index, BlockToken: block.token });
  const bytes = await source.clock.during(() => answer.BlockData!.transformToByteArray());
  const digest = createHash("sha256").update(bytes).digest("base64");
  if (digest === answer.Checksum) return digest;
  throw new Failure({
    code: "block-damaged",
    message: `Block ${block.index} of ${SnapshotId} does not have the checksum that EBS sent along`,
    fixer: "AWS",
    next: "run the step again; if it stays, ask AWS support with the snapshot id",
    resourceId: SnapshotId,
  });
}

export function zeroDigest(blockSize: number): string {
  return createHash("sha256").update(Buffer.alloc(blockSize)).digest("base64");
}
