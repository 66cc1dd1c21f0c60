/**
 * Whether a reviewer's name is one of those that whoever ran the drill goes by. Names are compared as people read them: case, width, blanks
 * and what cannot be seen make no other person. That a name differs proves nothing: anybody can write any name.
 */
export function isSamePerson(reviewer: string, operators: readonly string[]): boolean {
  const name = readAs(reviewer);
  return operators.some((operator) => namesOf(operator).some((one) => readAs(one) === name));
}

/** A name as people read it; empty for one in which there is nothing to see. */
export function readAs(name: string): string {
  const visible = name.normalize("NFKC").replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, "");
  // Both ways: `ß` and `ſ` have capitals that are those of other letters.
  return visible.toUpperCase().toLowerCase().normalize("NFKC").replace(/\s+/gu, " ").trim();
}

/** A principal goes by its ARN and by each shorter form of it: `user/ops/ada`, `ops/ada`, `ada`; of a role also by the role's name. */
function namesOf(operator: string): readonly string[] {
  const [, resource] = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)$/s.exec(operator) ?? [];
  if (resource === undefined) return [operator];
  const parts = resource.split("/");
  const endings = parts.map((_, index) => parts.slice(index).join("/"));
  return [operator, ...endings, ...parts.slice(1)];
}
