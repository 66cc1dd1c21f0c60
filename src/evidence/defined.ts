/** Leaves out members that are undefined, so that results compare and serialise cleanly. */
export function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  const kept: Partial<T> = {};
  for (const name of Object.keys(value) as (keyof T)[]) {
    const member = value[name];
    if (member !== undefined) kept[name] = member;
  }
  return kept as T;
}
