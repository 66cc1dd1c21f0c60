import { AwsError } from "../../service.ts";
import type { Collection } from "./collection.ts";
import type { Resource } from "./model.ts";

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken: string | undefined;
}

const LEAST = 5;

/**
 * One page of what matches. The token names the number of the first item of the next page, so a page costs one pass, nothing is kept
 * between calls, and what is deleted meanwhile shifts nothing. Without MaxResults everything comes at once, as on AWS.
 */
export function page<T extends Resource>(
  all: Collection<T>,
  matches: (item: T) => boolean,
  request: PageRequest,
  most = 1_000,
): Page<T> {
  const wanted = pageSize(request.MaxResults, most);
  const from = request.NextToken === undefined ? 0 : position(request.NextToken);
  const items: T[] = [];
  for (const { number, item } of all.numbered()) {
    if (number < from || !matches(item)) continue;
    if (items.length === wanted) return { items, NextToken: token(number) };
    items.push(item);
  }
  return { items, NextToken: undefined };
}

function pageSize(requested: number | undefined, most: number): number {
  if (requested === undefined) return Infinity;
  if (requested >= LEAST) return Math.min(requested, most);
  throw new AwsError(
    "InvalidParameterValue",
    `Value ( ${requested} ) for parameter maxResults is invalid. Expecting a value greater than or equal to ${LEAST}.`,
  );
}

const token = (at: number) => Buffer.from(`page:${at}`).toString("base64url");

function position(nextToken: string): number {
  const match = /^page:(\d{1,15})$/.exec(Buffer.from(nextToken, "base64url").toString("latin1"));
  if (!match) throw new AwsError("InvalidParameterValue", "Unable to parse pagination token");
  return Number(match[1]);
}

/** EC2 takes either ids or a page size. `set` is how EC2 names the list of ids. */
export function refuseIdsWithPages(ids: readonly string[] | undefined, request: PageRequest, set: string): void {
  if (!ids?.length || (request.MaxResults === undefined && request.NextToken === undefined)) return;
  throw new AwsError(
    "InvalidParameterCombination",
    `The parameter ${set} cannot be used with the parameter maxResults`,
  );
}
