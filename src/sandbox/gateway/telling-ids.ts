const TELLING = /(Id|Ids|Arn|Name|Names|Key)$/;
const MOST = 20;

/** The ids and names among the members of an input and an output: what makes a log line useful. Never a secret or a token. */
export function tellingIds(...values: readonly object[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const value of values) {
    for (const [name, member] of Object.entries(value)) {
      if (!TELLING.test(name) || /Secret|Token|Access/.test(name)) continue;
      if (typeof member === "string") found[name] = member;
      else if (Array.isArray(member) && member.every((item) => typeof item === "string"))
        found[name] = member.slice(0, MOST);
    }
  }
  return found;
}
