import type { Leftover } from "./leftover.ts";

/** What became of a leftover. */
export interface Removal {
  readonly leftover: Leftover;
  /** Absent when it is gone. */
  readonly failure?: string;
}
