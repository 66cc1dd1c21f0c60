import { readdirSync, readFileSync } from "node:fs";

/** Linux: `O_CLOEXEC` in the octal flags of /proc/self/fdinfo. */
const CLOSED_AT_EXEC = 0o2000000;

let found: readonly number[] | undefined;

/**
 * Descriptors above standard error that this process got from whoever started it, and that its children get too: Node.js closes its
 * own, and of the inherited ones only those up to the first gap after 15. Empty where there is no /proc.
 */
export function inheritedDescriptors(): readonly number[] {
  return (found ??= lookedUp());
}

function lookedUp(): readonly number[] {
  try {
    return readdirSync("/proc/self/fdinfo")
      .map(Number)
      .filter((descriptor) => descriptor > 2 && isInherited(descriptor))
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function isInherited(descriptor: number): boolean {
  try {
    const [, flags = "0"] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & CLOSED_AT_EXEC) === 0;
  } catch {
    // The one by which the list itself was read.
    return false;
  }
}

/** For `stdio` of `spawn`, after the first three: `nothing`, an open descriptor, takes the place of each inherited one. */
export function inPlaceOfInherited(nothing: number): readonly ("ignore" | number)[] {
  const inherited = new Set(inheritedDescriptors());
  const count = Math.max(2, ...inherited) - 2;
  return Array.from({ length: count }, (_, index) => (inherited.has(index + 3) ? nothing : "ignore"));
}
