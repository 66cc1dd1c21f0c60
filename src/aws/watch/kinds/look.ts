import type { Clock } from "../../../time/clock.ts";
import type { Filter } from "@aws-sdk/client-ec2";
import { RUN_TAG } from "../../../engine/tags.ts";
import type { Aws } from "../../aws.ts";

/** What a watch kind looks with. */
export interface Look {
  readonly aws: Aws;
  readonly region: string;
  readonly clock: Clock;
  /** Of the run that looks. */
  readonly runId: string;
}

/** EC2 takes at most 200 values in one filter. */
export const VALUES_PER_FILTER = 200;
/** DescribeInstanceStatus and DescribeAlarms take about a hundred ids or names in one call. */
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

/** The page of an EC2 answer that the token leads to. */
export function pageAt(token: string | undefined): { readonly MaxResults: number; readonly NextToken?: string } {
  return { MaxResults: PAGE_SIZE, ...(token === undefined ? {} : { NextToken: token }) };
}

export function isoOf(date: Date | undefined): string | undefined {
  return date?.toISOString();
}

interface ManyById<Item> {
  readonly ids: readonly string[];
  /** The name of the filter that takes ids. */
  readonly filter: string;
  find(filters: Filter[]): Promise<readonly Item[]>;
  idOf(item: Item): string | undefined;
}

/**
 * EC2 resources by id. More than one filter takes are looked for by the run's tag first, a thousand in a call, and only those
 * that are not found so by their ids.
 */
export async function manyById<Item>({ runId }: Look, { ids, filter, find, idOf }: ManyById<Item>): Promise<Item[]> {
  const wanted = new Set(ids);
  const tagged = ids.length > VALUES_PER_FILTER ? await find([{ Name: `tag:${RUN_TAG}`, Values: [runId] }]) : [];
  const found = tagged.filter((item) => wanted.delete(idOf(item) ?? ""));
  for (const values of chunks([...wanted], VALUES_PER_FILTER)) {
    found.push(...(await find([{ Name: filter, Values: values }])));
  }
  return found;
}
