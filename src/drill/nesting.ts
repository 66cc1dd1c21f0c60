import type { CST } from "yaml";

/** Far more than any drill needs; far less than what would exhaust the stack. */
export const DEEPEST_NESTING = 32;

interface Level {
  readonly token: CST.Token;
  readonly depth: number;
}

/** The offset of the first collection that is nested too deep. Looks at the tokens without recursion, before they are composed. */
export function tooDeepAt(tokens: readonly CST.Token[]): number | undefined {
  const open: Level[] = tokens.map((token) => ({ token, depth: 0 })).reverse();
  for (let level = open.pop(); level; level = open.pop()) {
    const { token, depth } = level;
    if (depth > DEEPEST_NESTING) return token.offset;
    for (const child of childrenOf(token).reverse()) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value ? [token.value] : [];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((part) => part != null));
}
