import { printable } from "../../drill/printable.ts";
import { listed } from "../../drill/nearest.ts";
import type { DeclaredFault } from "../../sandbox/faults/fault.ts";
import type { CellResult } from "./run-cell.ts";

const WIDTH = 118;
/** Beyond this the operations stand on lines of their own. */
const WIDEST_HEAD = 36;

/** The matrix for people: fault by fault, the operations that ended alike on one line. Then what is wrong, and the sums. */
export function matrixLines(faults: readonly DeclaredFault[], results: readonly CellResult[]): readonly string[] {
  const named = faults.filter(({ name }) => results.some(({ fault }) => fault === name));
  return [
    ...named.flatMap((fault) =>
      faultLines(
        fault,
        results.filter((result) => result.fault === fault.name),
      ),
    ),
    ...problemLines(results),
    ...sumLines(results),
  ].map(printable);
}

function faultLines({ name, says }: DeclaredFault, results: readonly CellResult[]): readonly string[] {
  const groups = [...groupBy(results, ending)];
  const widest = Math.max(...groups.map(([head]) => head.length));
  const lines = groups.flatMap(([head, cells]) => {
    if (widest <= WIDEST_HEAD) return wrapped(`  ${head.padEnd(widest)}  `, operationsOf(cells));
    return [`  ${head}`, ...wrapped(" ".repeat(6), operationsOf(cells))];
  });
  return [`${name}: ${says}`, ...lines, ""];
}

/** `failed 5 · throttled · 1 left: ec2.volume`: how a run ended, in the words that runs which ended alike share. */
function ending({ outcome, exitCode, failure, leftovers, strikes, problems }: CellResult): string {
  const parts = [
    `${problems.length > 0 ? "✗ " : ""}${outcome} (${exitCode})`,
    ...(failure && outcome !== "passed" ? [failure.code] : []),
    ...(leftovers.length > 0 ? [`left: ${kindsOf(leftovers)}`] : []),
    ...(strikes === 0 ? ["never struck"] : []),
  ];
  return parts.join(" · ");
}

function kindsOf(leftovers: readonly string[]): string {
  return [...groupBy(leftovers, (leftover) => leftover.split(" ")[0] ?? "")]
    .map(([kind, all]) => (all.length > 1 ? `${all.length} × ${kind}` : kind))
    .join(", ");
}

function operationsOf(cells: readonly CellResult[]): readonly string[] {
  return [...groupBy(cells, ({ operation }) => operation.split(":")[0] ?? "")].map(
    ([service, same]) => `${service}: ${same.map(({ operation }) => operation.slice(service.length + 1)).join(" ")}`,
  );
}

/** The phrases after a head, over several lines if need be, all but the first of them indented. */
function wrapped(head: string, phrases: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = head;
  for (const word of phrases.join(" · ").split(" ")) {
    if (line.length > head.length && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = " ".repeat(head.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

function problemLines(results: readonly CellResult[]): readonly string[] {
  const wrong = results.filter(({ problems }) => problems.length > 0);
  if (wrong.length === 0) return [];
  const lines = wrong.flatMap(({ fault, operation, problems, folder }) => [
    `  ${fault} at ${operation}`,
    ...problems.map((problem) => `    ${problem}`),
    ...(folder === undefined ? [] : [`    its journal: ${folder}`]),
  ]);
  return ["Not as documented:", ...lines, ""];
}

function sumLines(results: readonly CellResult[]): readonly string[] {
  const sums = [...groupBy(results, ({ outcome, exitCode }) => `${outcome} (${exitCode})`)]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([end, cells]) => `${cells.length} ${end}`);
  const wrong = results.filter(({ problems }) => problems.length > 0).length;
  const named = results.filter(({ remaining, problems }) => remaining.length > 0 && problems.length === 0).length;
  return [
    `${results.length} runs: ${listed(sums, 20)}`,
    ...(named > 0 ? [`${named} left something behind and named it by id`] : []),
    wrong === 0 ? "every run ended in a documented way" : `${wrong} did not end in a documented way`,
  ];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
