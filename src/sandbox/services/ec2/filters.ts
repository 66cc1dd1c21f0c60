import type { Filter } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";

/** What a filter compares with: a value, some values, or nothing. */
export type FilterValue = string | number | boolean | undefined | readonly (string | number | boolean | undefined)[];

/** The filters of one Describe operation by name; `tag:<key>`, `tag-key` and `tag-value` come by themselves. */
export type FilterTable<T> = Readonly<Record<string, (item: T) => FilterValue>>;

/**
 * A test for all filters together: every filter must match, with any of its values. `*` and `?` are wildcards, a backslash takes
 * their meaning away. Unknown filters are refused as EC2 refuses them.
 */
export function matcher<T extends object>(
  filters: readonly Filter[] | undefined,
  table: FilterTable<T>,
): (item: T) => boolean {
  const tests = (filters ?? []).map(({ Name: name = "", Values: values }) => {
    const read = reader(name, table);
    const matches = valueTest(values ?? []);
    return (item: T) => {
      const value = read(item);
      if (Array.isArray(value)) return value.some((one) => one !== undefined && matches(String(one)));
      return value !== undefined && matches(String(value));
    };
  });
  return (item) => tests.every((test) => test(item));
}

function reader<T extends object>(name: string, table: FilterTable<T>): (item: T) => FilterValue {
  if (name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return (item) => tagsOf(item)?.get(key);
  }
  if (name === "tag-key") return (item) => [...(tagsOf(item)?.keys() ?? [])];
  if (name === "tag-value") return (item) => [...(tagsOf(item)?.values() ?? [])];
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new AwsError("InvalidParameterValue", `The filter '${name}' is invalid`);
}

function tagsOf(item: object): ReadonlyMap<string, string> | undefined {
  return "tags" in item && item.tags instanceof Map ? item.tags : undefined;
}

function valueTest(values: readonly string[]): (value: string) => boolean {
  const exact = new Set(values.filter((value) => !/[*?\\]/.test(value)));
  const patterns = values.filter((value) => /[*?\\]/.test(value)).map(globTest);
  return (value) => exact.has(value) || patterns.some((matches) => matches(value));
}

/** Linear in the pattern times the value, whatever the pattern: no regular expression is built from what a caller sends. */
export function globTest(pattern: string): (value: string) => boolean {
  const parts = [...pattern.matchAll(/\\(.)|([\s\S])/gu)].map(([, quoted, plain]) =>
    quoted !== undefined ? { literal: quoted } : plain === "*" ? "any" : plain === "?" ? "one" : { literal: plain! },
  );
  return (value) => {
    let reachable = new Set([0]);
    const closeOver = () => {
      for (const at of reachable) if (parts[at] === "any") reachable.add(at + 1);
    };
    closeOver();
    for (const character of value) {
      const next = new Set<number>();
      for (const at of reachable) {
        const part = parts[at];
        if (part === "any") next.add(at);
        else if (part === "one" || (typeof part === "object" && part.literal === character)) next.add(at + 1);
      }
      reachable = next;
      closeOver();
    }
    return reachable.has(parts.length);
  };
}
