/* A sandbox in a process of its own, without request rates, for benchmarks: node bench/sandbox-server.mjs [SNAPSHOTS]. Prints its endpoint and key as JSON; lives until its input ends. */
import { Ec2Client } from "./ec2-client.mjs";
import { inside } from "./from-source.mjs";

const { fill, sandbox } = await inside("sandbox");
const server = await sandbox();
const count = Number(process.argv[2] ?? 0);
if (count > 0) {
  const client = new Ec2Client(server.endpoint, server.credentials);
  await fill(server, client, count);
  client.close();
}
const { endpoint, credentials } = server;
process.stdout.write(`${JSON.stringify({ endpoint, credentials })}\n`);
process.stdin.resume().on("end", async () => {
  await server.close();
  process.exitCode = 0;
});
