/** The longest name, and the most names, that are compared: a hint is not worth more work. */
const LONGEST = 64;
const MOST = 500;

/** The candidate nearest to a mistyped name, when one is near enough to be meant. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of [...candidates].slice(0, MOST)) {
    const lengthGap = Math.abs(candidate.length - name.length);
    const distance = lengthGap > limit ? Infinity : editDistance(plain(name), plain(candidate));
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate ?? sameWithoutSeparators(name, candidates);
}

/** `did you mean …?` for a hint, or what there is to choose from when nothing is near. */
export function didYouMean(name: string, candidates: readonly string[], whenNone: string): string {
  const near = nearest(name, candidates);
  return near === undefined ? whenNone : `did you mean ${near}?`;
}

/** A few names for a hint. */
export function listed(names: readonly string[], most = 12): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

function plain(name: string): string {
  return name.toLowerCase();
}

/** `volume_id` for `volumeId`. */
function sameWithoutSeparators(name: string, candidates: Iterable<string>): string | undefined {
  const bare = (text: string) => plain(text).replace(/[^a-z0-9]/gu, "");
  const wanted = bare(name);
  return wanted === "" ? undefined : [...candidates].slice(0, MOST).find((candidate) => bare(candidate) === wanted);
}

/** Levenshtein distance with swaps of neighbours counted as one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
