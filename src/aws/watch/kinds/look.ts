import type { Clock } from "../../../time/clock.ts";
import type { Aws } from "../../aws.ts";

/** What a watch kind looks with. */
export interface Look {
  readonly aws: Aws;
  readonly region: string;
  readonly clock: Clock;
}

/** EC2 takes at most 200 values in one filter. */
export const VALUES_PER_FILTER = 200;
/** DescribeInstanceStatus, DescribeVolumeStatus and DescribeAlarms take about a hundred ids or names in one call. */
export const IDS_PER_CALL = 100;
export const PAGE_SIZE = 1000;

export function chunks<T>(items: readonly T[], size: number): readonly T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Every item of a paginated answer. */
export async function allPages<Page, Item>(
  page: (token: string | undefined) => Promise<Page>,
  read: {
    readonly items: (page: Page) => readonly Item[] | undefined;
    readonly next: (page: Page) => string | undefined;
  },
): Promise<Item[]> {
  const found: Item[] = [];
  let token: string | undefined;
  do {
    const answer = await page(token);
    found.push(...(read.items(answer) ?? []));
    token = read.next(answer) || undefined;
  } while (token !== undefined);
  return found;
}

export function isoOf(date: Date | undefined): string | undefined {
  return date?.toISOString();
}
