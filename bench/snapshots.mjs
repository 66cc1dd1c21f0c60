/* The sandbox and moto_server with 10,000 snapshots: one page, a filter of 200 values, one by id, requests per second. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { Ec2Client } from "./ec2-client.mjs";
import { ENVIRONMENT, ms, tell, timed } from "./measure.mjs";

const COUNT = Number(process.argv[2] ?? 10_000);
const AT_ONCE = 16;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function ours() {
  const args = [join(import.meta.dirname, "sandbox-server.mjs"), String(COUNT)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env: ENVIRONMENT });
  const [line] = await once(child.stdout, "data");
  return { ...JSON.parse(String(line)), stop: () => child.stdin.end() };
}

async function moto() {
  const port = await freePort();
  const args = [join(import.meta.dirname, "inside/moto-server.py"), String(port), String(COUNT)];
  const child = spawn("python3", args, { stdio: ["pipe", "ignore", "ignore"], env: ENVIRONMENT });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 300; attempt++) {
    const up = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (up) return { endpoint, stop: () => child.stdin.end() };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.stdin.end();
  throw new Error("moto_server does not answer");
}

/** So much at once, as often as it takes. */
async function many(count, work) {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const OWN = { "Owner.1": "self" };
const idsIn = (xml, element) =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))].map(([, id]) => id);

/** `rounds` and `requests` to take the medians of: moto_server takes seconds for one page. */
async function measured({ endpoint, credentials, stop }, { rounds, requests }) {
  const client = new Ec2Client(endpoint, credentials);
  try {
    const ids = idsIn(await client.call("DescribeSnapshots", OWN), "snapshotId");
    const values = Object.fromEntries(ids.slice(0, 200).map((id, index) => [`Filter.1.Value.${index + 1}`, id]));
    const filtered = { ...OWN, "Filter.1.Name": "snapshot-id", ...values };
    const byId = (index) => client.call("DescribeSnapshots", { "SnapshotId.1": ids[(index * 7919) % ids.length] });
    const found = (await client.call("DescribeSnapshots", filtered)).split("<snapshotId>").length - 1;
    // moto_server brings those of its public images along.
    if (ids.length < COUNT) throw new Error(`${ids.length} snapshots instead of ${COUNT}`);
    if (found !== 200) throw new Error(`${found} snapshots instead of 200`);
    const paged = await client.call("DescribeSnapshots", { ...OWN, MaxResults: "1000" });
    return {
      inPage: paged.split("<snapshotId>").length - 1,
      page: await timed(() => client.call("DescribeSnapshots", { ...OWN, MaxResults: "1000" }), rounds),
      filter: await timed(() => client.call("DescribeSnapshots", filtered), rounds),
      perSecond: (requests * 1_000) / (await timed(() => many(requests, byId), 3)),
    };
  } finally {
    client.close();
    stop();
  }
}

const motoIs = () => spawnSync("python3", ["-c", "import moto.server"], { env: ENVIRONMENT }).status === 0;

const sandbox = await measured(await ours(), { rounds: 15, requests: 2_000 });
const peer = motoIs() ? await measured(await moto(), { rounds: 3, requests: 150 }) : undefined;
const absent = "moto_server is not installed";

function row(id, what, value, against, goal, most) {
  const ratio = against && value / against.value;
  const told = { id, what, ours: ms(value), peer: against?.text, ratio, goal };
  tell(against ? { ...told, met: ratio <= most } : { ...told, why: absent });
}
const beside = (value, more = "") => ({ value, text: `moto_server, ${ms(value)}${more}` });
row(
  "2.7",
  `DescribeSnapshots, a page of ${sandbox.inPage} of ${COUNT}`,
  sandbox.page,
  peer && beside(peer.page, peer.inPage === sandbox.inPage ? "" : ` (which answers with all ${peer.inPage})`),
  "≤ 0.1×",
  0.1,
);
row(
  "5.13a",
  `DescribeSnapshots, a filter of 200 values over ${COUNT}`,
  sandbox.filter,
  peer && beside(peer.filter),
  "≤ 0.01×",
  0.01,
);
const rate = (value) => `${value.toFixed(0)} requests/s`;
const ratio = peer && sandbox.perSecond / peer.perSecond;
tell({
  id: "5.13b",
  what: "DescribeSnapshots by id, 16 at once",
  ours: rate(sandbox.perSecond),
  peer: peer && `moto_server, ${rate(peer.perSecond)}`,
  ratio,
  goal: "≥ 8×",
  ...(peer ? { met: ratio >= 8 } : { why: absent }),
});
