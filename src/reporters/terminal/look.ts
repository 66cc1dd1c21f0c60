/** Glyphs and colours; plain text by default. */
export interface Look {
  readonly tick: string;
  readonly cross: string;
  readonly skip: string;
  readonly waiting: string;
  /** What turns beside a running step, as it stands now. */
  spin(): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
}

const asIs = (text: string) => text;

export const PLAIN_LOOK: Look = {
  tick: "+",
  cross: "x",
  skip: "-",
  waiting: ".",
  spin: () => ">",
  good: asIs,
  bad: asIs,
  warn: asIs,
  dim: asIs,
};
