import { AwsError } from "../service.ts";
import type { AfterEffect, Call, Fault } from "../gateway/call.ts";
import { ID_MEMBER, names, type Made } from "./made.ts";
import { isRead, operationName } from "./operations.ts";
import { rewritten } from "./rewrite.ts";

type Item = Readonly<Record<string, unknown>>;

/** How something that was made shows itself to callers, whatever has really become of it. */
export interface Disguise {
  readonly made: Made;
  readonly as: "hidden" | "stuck" | "failed";
  /** Of what has failed. */
  readonly reason: string;
  /** Epoch milliseconds; until then it is hidden. */
  readonly until: number;
}

/** What a disguise does to a call: hides the thing, shows it in another state, or refuses as EC2 would in that state. */
export function disguised(disguise: Disguise, call: Call): Fault | undefined {
  const { made, as } = disguise;
  if (as === "hidden" && names(call.input, made) && made.kind !== "attachment")
    return { kind: "error", error: unknown(made) };
  if (as === "stuck" && made.kind === "volume" && call.operation === "DeleteVolume" && names(call.input, made))
    return { kind: "error", error: new AwsError("IncorrectState", `The volume '${made.id}' is 'creating'`) };
  if (!isRead(operationName(call))) return undefined;
  return { kind: "after", after: shown(disguise, call) };
}

/** Whether the call ends the disguise: what is being taken away shows itself as it is. */
export function lifts({ made, as }: Disguise, { operation, input }: Call): boolean {
  if (as === "hidden" || !/^(Delete|Terminate|Detach|Cancel)/.test(operation)) return false;
  if (as === "stuck" && made.kind === "volume") return false;
  const host = made.kind === "attachment" ? { kind: "instance" as const, id: made.instanceId ?? "" } : made;
  return names(input, made) || names(input, host);
}

function shown(disguise: Disguise, call: Call): AfterEffect {
  const { made, as } = disguise;
  const member = ID_MEMBER[made.kind];
  const change = (item: Item) =>
    as === "hidden" && made.kind !== "attachment" ? undefined : looks(disguise, item, call);
  return { output: (output) => rewritten(output, (item) => item[member] === made.id, change) };
}

function unknown({ kind, id }: Made): AwsError {
  switch (kind) {
    case "volume":
      return new AwsError("InvalidVolume.NotFound", `The volume '${id}' does not exist.`);
    case "snapshot":
      return new AwsError("InvalidSnapshot.NotFound", `The snapshot '${id}' does not exist.`);
    case "command":
      return new AwsError("InvocationDoesNotExist", "");
    default:
      return new AwsError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
  }
}

/** An item as it looks stuck or failed; undefined where it is not listed then. */
function looks(disguise: Disguise, item: Item, call: Call): Item | undefined {
  const stuck = disguise.as === "stuck";
  switch (disguise.made.kind) {
    case "volume":
      return "State" in item ? { ...item, State: stuck ? "creating" : "error" } : item;
    case "snapshot":
      return snapshotLooks(disguise, item);
    case "instance":
      return instanceLooks(disguise, item, call.operation);
    case "attachment":
      return attachmentLooks(disguise, item);
    case "command":
      return stuck
        ? { ...item, Status: "InProgress", StatusDetails: "InProgress", ResponseCode: -1, StandardOutputContent: "" }
        : { ...item, Status: "Failed", StatusDetails: "Failed", ResponseCode: 1, StandardOutputContent: "" };
  }
}

function snapshotLooks({ as, reason }: Disguise, item: Item): Item {
  if (!("State" in item)) return item;
  const { CompletionTime: _completed, FullSnapshotSizeInBytes: _size, ...rest } = item;
  return as === "stuck"
    ? { ...rest, State: "pending", Progress: "42%" }
    : { ...rest, State: "error", Progress: "42%", StateMessage: reason };
}

/** An instance that fails at launch goes from `pending` to `terminated`, with a StateReason. */
function instanceLooks({ as, reason }: Disguise, item: Item, operation: string): Item | undefined {
  if (operation === "DescribeInstanceInformation") return undefined;
  const State = as === "stuck" ? { Code: 0, Name: "pending" } : { Code: 48, Name: "terminated" };
  if (operation === "DescribeInstanceStatus") {
    const status = { Status: as === "stuck" ? "initializing" : "not-applicable" };
    return { ...item, InstanceState: State, InstanceStatus: status, SystemStatus: status };
  }
  if (!("State" in item)) return item;
  const StateReason = { Code: "Server.InternalError", Message: `Server.InternalError: ${reason}` };
  return { ...item, State, ...(as === "failed" && { StateReason }) };
}

/** A failed attachment is not there any more, and the volume is free again. */
function attachmentLooks({ as, made }: Disguise, item: Item): Item {
  const { Attachments: links } = item;
  if (!Array.isArray(links)) return item;
  const others = links.filter(({ InstanceId }) => InstanceId !== made.instanceId);
  if (others.length === links.length) return item;
  if (as !== "stuck") return { ...item, State: others.length > 0 ? "in-use" : "available", Attachments: others };
  const own = links.filter((link) => !others.includes(link)).map((link) => ({ ...link, State: "attaching" }));
  return { ...item, Attachments: [...others, ...own] };
}
