/* A sandbox in a process of its own that outlives nobody: prints endpoint and environment as JSON; ends with its input. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inside } from "../from-source.mjs";
import { ENVIRONMENT } from "../measure.mjs";

if (import.meta.filename === process.argv[1]) {
  const { slowSandbox } = await inside("waits");
  const sandbox = await slowSandbox(JSON.parse(process.argv[2]));
  const { endpoint, environment, controlHeaders } = sandbox;
  process.stdout.write(`${JSON.stringify({ endpoint, environment, controlHeaders })}\n`);
  process.stdin.resume().on("end", () => void sandbox.close());
}

/** Its endpoint, the variables that point tools at it, its log, and how to end it. */
export async function served(durations) {
  const args = [import.meta.filename, JSON.stringify(durations)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env: ENVIRONMENT });
  const [line] = await once(createInterface(child.stdout), "line");
  const { endpoint, environment, controlHeaders } = JSON.parse(line);
  return {
    endpoint,
    environment: { ...ENVIRONMENT, ...environment },
    log: async () => (await fetch(`${endpoint}/_gameday/log`, { headers: controlHeaders })).json(),
    async close() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** Runs Terraform; the events of its own `-json` output. */
export async function terraformRun({ binary, folder, environment }, args) {
  const child = spawn(binary, args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const events = [];
  let wrong = "";
  child.stderr.on("data", (chunk) => (wrong += chunk));
  createInterface(child.stdout).on("line", (text) => {
    if (text.startsWith("{")) events.push(JSON.parse(text));
    else wrong += `${text}\n`;
  });
  const [code] = await once(child, "close");
  if (code !== 0)
    throw new Error(`terraform ${args.join(" ")} ended with ${code}: ${wrong}${JSON.stringify(events.slice(-3))}`);
  return events;
}

/** When Terraform says that each resource was there, in ms of the epoch, by id. */
export function applied(events) {
  return events
    .filter(({ type }) => type === "apply_complete")
    .map((event) => ({ id: event.hook.id_value, at: Date.parse(event["@timestamp"]) }));
}
