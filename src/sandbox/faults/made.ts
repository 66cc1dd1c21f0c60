/** Something that a call has made, by what later calls know it by. */
export interface Made {
  readonly kind: "volume" | "snapshot" | "instance" | "attachment" | "command";
  /** Of the volume, for an attachment. */
  readonly id: string;
  /** Of an attachment. */
  readonly instanceId?: string;
}

interface Answer {
  readonly VolumeId?: string;
  readonly SnapshotId?: string;
  readonly InstanceId?: string;
  readonly Instances?: readonly { readonly InstanceId?: string }[];
  readonly Command?: { readonly CommandId?: string };
}

const snapshot = ({ SnapshotId: id = "" }: Answer): Made[] => [{ kind: "snapshot", id }];

/** The operations whose results can be hidden, stuck or failed, and what they have made, by their answer. */
export const MAKERS: Readonly<Record<string, (answer: Answer) => readonly Made[]>> = {
  "ec2:CreateVolume": ({ VolumeId: id = "" }) => [{ kind: "volume", id }],
  "ec2:CreateSnapshot": snapshot,
  "ec2:CopySnapshot": snapshot,
  "ec2:RunInstances": ({ Instances = [] }) =>
    Instances.map(({ InstanceId: id = "" }) => ({ kind: "instance" as const, id })),
  "ec2:AttachVolume": ({ VolumeId: id = "", InstanceId: instanceId = "" }) => [{ kind: "attachment", id, instanceId }],
  "ssm:SendCommand": ({ Command: command }) => [{ kind: "command", id: command?.CommandId ?? "" }],
};

/** The member of inputs and of described items that holds its id. */
export const ID_MEMBER: Readonly<Record<Made["kind"], string>> = {
  volume: "VolumeId",
  snapshot: "SnapshotId",
  instance: "InstanceId",
  attachment: "VolumeId",
  command: "CommandId",
};

/** Whether an input names it outright; a filter only looks. */
export function names(input: Readonly<Record<string, unknown>>, made: Made): boolean {
  const member = ID_MEMBER[made.kind];
  const several = input[`${member}s`];
  return input[member] === made.id || (Array.isArray(several) && several.includes(made.id));
}
