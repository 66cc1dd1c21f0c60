type Item = Readonly<Record<string, unknown>>;

/**
 * A copy of an output in which every described item that `isMeant` is replaced by what `change` makes of it, or left out where
 * that is undefined. What is not plain data (dates, bytes, streams) stays as it is.
 */
export function rewritten(output: object, isMeant: (item: Item) => boolean, change: (item: Item) => Item | undefined) {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.flatMap((item) => visitItem(item) ?? []);
    return isPlain(value)
      ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visit(member)]))
      : value;
  };
  const visitItem = (item: unknown): unknown => {
    if (!isPlain(item) || !isMeant(item)) return visit(item);
    return change(item);
  };
  return (isPlain(output) && isMeant(output) ? change(output) : visit(output)) as object;
}

function isPlain(value: unknown): value is Item {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
