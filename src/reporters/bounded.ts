/** The first `most` of a list, and how many are left out. */
export function bounded<T>(all: readonly T[], most: number): { readonly shown: readonly T[]; readonly hidden: number } {
  return { shown: all.slice(0, most), hidden: Math.max(0, all.length - most) };
}

/** At most `most` members: those that matter most (the highest weight), in their own order. */
export function weightiest<T>(
  all: readonly T[],
  most: number,
  weight: (one: T) => number,
): { readonly shown: readonly T[]; readonly hidden: number } {
  if (all.length <= most) return { shown: all, hidden: 0 };
  const ranked = all.map((one, index) => ({ one, index, weight: weight(one) }));
  const chosen = ranked.sort((a, b) => b.weight - a.weight || a.index - b.index).slice(0, most);
  return { shown: chosen.sort((a, b) => a.index - b.index).map(({ one }) => one), hidden: all.length - most };
}
