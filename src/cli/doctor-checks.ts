import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AwsConnection } from "../aws/connection.ts";
import { stepsOf, type Drill } from "../drill/drill.ts";
import { Failure } from "../engine/failure.ts";
import { systemClock } from "../time/system-clock.ts";
import { GAMEDAY_FOLDER } from "./runs/run-folder.ts";
import type { TerraformDiscovery } from "./terraform/discovery.ts";
import { unfinishedRuns } from "./runs/unfinished-runs.ts";

/** One line of the doctor's report, and what to do about it. */
export interface Check {
  /** `missing`: something asked for cannot work. `note`: good to know, stops nothing that was asked for. */
  readonly state: "ok" | "missing" | "note";
  readonly says: string;
  /** Why it matters. */
  readonly why?: string;
  /** The next command or thing to do. */
  readonly next?: string;
}

const OLDEST_NODE = [20, 19] as const;
const SDK_NODE = 22;

export function checkNode(version: string): readonly Check[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (old) {
    const why = `gameday needs Node ${OLDEST_NODE.join(".")} or later`;
    return [{ state: "missing", says: `Node ${version}`, why, next: "install Node 22 or 24 (https://nodejs.org)" }];
  }
  const soon: Check = {
    state: "note",
    says: `AWS SDK releases from January 2027 on need Node ${SDK_NODE}; the ones gameday is installed with run on ${version}`,
  };
  return [{ state: "ok", says: `Node ${version}` }, ...(major < SDK_NODE ? [soon] : [])];
}

export function checkTerraform(found: TerraformDiscovery, drill: Drill | undefined): readonly Check[] {
  const { program, provider, lacking } = found;
  const needed = drill !== undefined && usesTerraform(drill);
  const state = needed ? "missing" : "note";
  const why = needed ? `${drill.name} uses terraform.apply` : "drills with terraform.apply need it; others run without";
  const next =
    "install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu, or set GAMEDAY_TERRAFORM";
  const notes = found.warnings.map((says): Check => ({ state: "note", says }));
  if (!program) return [...notes, { state, says: `Terraform: ${lacking}`, why, next }];
  const name = program.product === "opentofu" ? "OpenTofu" : "Terraform";
  const running: Check = { state: "ok", says: `${name} ${program.version} (${program.path})` };
  if (lacking !== undefined) {
    const fetch = "connect to the registry, or make a mirror: terraform providers mirror /opt/terraform-providers";
    return [...notes, running, { state, says: `AWS provider: ${lacking}`, why, next: fetch }];
  }
  const version = provider?.version === undefined ? "" : ` ${provider.version}`;
  return [...notes, running, { state: "ok", says: `AWS provider${version} from ${provider?.from}` }];
}

function usesTerraform(drill: Drill): boolean {
  return stepsOf(Object.values(drill.phases).flat()).some((step) => step.uses === "terraform.apply");
}

export async function checkFolder(cwd: string): Promise<Check> {
  const folder = join(cwd, GAMEDAY_FOLDER);
  try {
    // Beside the folder, not in it: asking must not make it.
    await rm(await mkdtemp(join(cwd, `${GAMEDAY_FOLDER}-`)), { recursive: true });
    return { state: "ok", says: `${folder} can be written` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = "the journal and the reports of every run are kept there";
    return {
      state: "missing",
      says: `${folder} cannot be written (${code})`,
      why,
      next: "start gameday in a folder of yours",
    };
  }
}

/** What earlier runs may have left, which costs money and is somebody's data. */
export async function checkEarlierRuns(cwd: string): Promise<readonly Check[]> {
  const runs = await unfinishedRuns(cwd);
  return runs.map(({ runId, drill, leftovers }) => ({
    state: "note",
    says: `run ${runId} of ${drill} may have left ${leftovers === 1 ? "1 resource" : `${leftovers} resources`}`,
    next: `gameday resume ${runId}, or gameday cleanup ${runId} --yes`,
  }));
}

/** Neither a silent network nor a hanging credential process may hold up the answer. */
const PATIENCE_MS = 8_000;

/** Who the default credentials are, and with a drill: whether it may run as them, and the Regions. */
export async function checkAws(
  connection: AwsConnection,
  region: string,
  drill: Drill | undefined,
): Promise<readonly Check[]> {
  const state = drill ? "missing" : "note";
  const why = "gameday run needs AWS; gameday rehearse does not";
  try {
    const sts = await connection.client({ service: "sts", region, mode: "single" });
    const { Account = "", Arn = "" } = await inTime(sts.getCallerIdentity({}));
    const who: Check = { state: "ok", says: `AWS account ${Account} as ${Arn}` };
    if (!drill) return [who];
    return [who, checkAccount(Account, drill), ...(await checkRegions(connection, drill))];
  } catch (error) {
    const { says, next } = unidentified(error);
    // Without a drill nobody has asked for AWS: rehearsals need nothing done.
    return [{ state, why, says, ...(drill && next !== undefined ? { next } : {}) }];
  }
}

/** AWS or the credential chain has refused, or nobody has answered. */
function unidentified(error: unknown): Pick<Check, "says" | "next"> {
  const answered = error instanceof Error && "$metadata" in error && "$fault" in error;
  const noCredentials = error instanceof Failure && error.details.code === "no-credentials";
  if (answered || noCredentials) {
    const next = "aws sso login, or set AWS_PROFILE, then gameday doctor";
    return { says: `AWS credentials: ${inOneLine(error)}`, next };
  }
  return {
    says: `AWS does not answer: ${inOneLine(error)}`,
    next: "check the network and its proxy, then gameday doctor",
  };
}

function checkAccount(account: string, drill: Drill): Check {
  const { accounts } = drill.safety;
  if (accounts.includes(account)) return { state: "ok", says: `${drill.name} may run in account ${account}` };
  return {
    state: "missing",
    says: `${drill.name} may not run in account ${account}, only in ${accounts.join(", ")}`,
    why: "any other account is refused before anything is changed",
    next: `use the right credentials, or put "${account}" into safety.accounts of the drill`,
  };
}

async function checkRegions(connection: AwsConnection, drill: Drill): Promise<readonly Check[]> {
  const { primary, dr } = drill.regions;
  const ec2 = await connection.client({ service: "ec2", region: primary, mode: "single" });
  try {
    const { Regions = [] } = await inTime(ec2.describeRegions({ AllRegions: true }));
    const status = new Map(Regions.map((region) => [region.RegionName, region.OptInStatus]));
    return [...new Set([primary, dr])].map((name) => regionCheck(name, status.get(name)));
  } catch (error) {
    const why = "a Region that is not opted in refuses every call";
    return [{ state: "missing", says: `Regions: ${inOneLine(error)}`, why, next: "allow ec2:DescribeRegions" }];
  }
}

function regionCheck(name: string, status: string | undefined): Check {
  if (status === "opt-in-not-required" || status === "opted-in")
    return { state: "ok", says: `Region ${name} (${status})` };
  if (status === undefined)
    return { state: "missing", says: `Region ${name} does not exist`, next: "correct regions in the drill" };
  return {
    state: "missing",
    says: `Region ${name} is ${status}`,
    why: "every call there is refused",
    next: `aws account enable-region --region-name ${name}`,
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = systemClock.sleep(PATIENCE_MS, over.signal).then(() => {
    throw new Failure({ code: "no-answer", message: `no answer within ${PATIENCE_MS / 1000} s`, fixer: "operator" });
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

function inOneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ""] = error.message.split("\n");
  return line === "" ? error.name : line;
}
