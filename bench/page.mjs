/* The published page: rows by what they are about. */

const GROUPS = [
  { title: "Speed of the main job", ids: /^2\.[126]$/u },
  { title: "Starting, and checking drill files", ids: /^(?:2\.[34]|5\.[78])/u },
  { title: "Running steps, and showing them", ids: /^(?:2\.5|5\.11|5\.12a)/u },
  { title: "Reports and evidence", ids: /^(?:4\.|5\.12)/u },
  { title: "Waiting for AWS", ids: /^5\.(?:[1-6]|14)(?!\d)/u },
  { title: "Checksums", ids: /^5\.(?:9|10)(?!\d)/u },
  { title: "The sandbox", ids: /^(?:2\.7|5\.13)/u },
  { title: "Others", ids: /(?:)/u },
];

const HEAD = `# Benchmarks

\`npm run bench\` writes this page: it builds, waits up to a minute before each benchmark until the machine is 90 % idle, and
runs gameday and its peers in the same minutes. \`npm run bench -- start-up\` renews the rows of one. Figures are medians;
a ratio is gameday's figure to the peer's. Nothing here is asserted in the tests.
`;

/** The page as Markdown. */
export function pageOf({ machine, peers, rows }) {
  const left = new Set(rows);
  const parts = GROUPS.map(({ title, ids }) => {
    const mine = [...left].filter(({ id }) => ids.test(id)).toSorted(byId);
    for (const row of mine) left.delete(row);
    return mine.length > 0 ? sectionOf(title, mine) : "";
  });
  return [HEAD, facts(machine, peers, rows), ...parts].filter((part) => part !== "").join("\n");
}

const byId = (a, b) => a.id.localeCompare(b.id, "en", { numeric: true });

function facts(machine, peers, rows) {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const days = rows.map(({ measuredAt }) => measuredAt.slice(0, 10)).toSorted();
  const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  const judged = rows.filter(({ met }) => met !== undefined);
  const met = `${judged.filter((row) => row.met).length} of ${judged.length} goals met`;
  return [
    `* Machine: ${machine}`,
    `* Measured: ${when}`,
    `* Beside: ${versions.join(", ")}`,
    `* Result: ${met}${failedOf(rows)}`,
    "",
  ].join("\n");
}

function failedOf(rows) {
  const failed = new Set(rows.filter((row) => row.failed !== undefined).map(({ bench }) => bench));
  return failed.size > 0 ? `; benchmarks that failed: ${[...failed].join(", ")}` : "";
}

function sectionOf(title, rows) {
  const notes = [...rows.flatMap((row) => noteOf(row) ?? []), ...busyNotes(rows)];
  return [
    `## ${title}`,
    "",
    "| what | gameday | beside it | ratio | goal | | again with |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(rowOf),
    "",
    ...(notes.length > 0 ? [...notes, ""] : []),
  ].join("\n");
}

function rowOf({ what, ours, peer, ratio, goal, met, failed, bench }) {
  const times = ratio === undefined ? "" : `${shown(ratio)}×`;
  const verdict = failed !== undefined ? "failed" : met === undefined ? "" : met ? "met" : "**not met**";
  const cells = [what, ours ?? "", peer ?? "", times, goal ?? "", verdict, `\`node bench/${bench}.mjs\``];
  return `| ${cells.map(cellOf).join(" | ")} |`;
}

const shown = (ratio) => (ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2));
const cellOf = (text) => text.replaceAll("|", "\\|").replaceAll(/\s+/gu, " ");

function noteOf({ what, why, failed }) {
  const said = failed === undefined ? why : `the benchmark failed: ${failed}`;
  return said === undefined ? undefined : `* ${what}: ${said}.`;
}

/** Figures of a machine that had other things to do are no figures; they say so. */
function busyNotes(rows) {
  const busy = new Map(
    rows.filter(({ idle }) => idle !== undefined && idle < 0.9).map(({ bench, idle }) => [bench, idle]),
  );
  return [...busy].map(
    ([bench, idle]) => `* \`bench/${bench}.mjs\` ran on a machine that was only ${Math.round(idle * 100)} % idle.`,
  );
}
