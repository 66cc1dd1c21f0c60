import { createHash } from "node:crypto";

/** An id that is always the same for the same thing, for what exists before the first call: networks, images. */
export function stableId(prefix: string, what: string): string {
  return `${prefix}${createHash("sha256").update(what).digest("hex").slice(0, 17)}`;
}
