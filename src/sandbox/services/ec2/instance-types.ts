import { AwsError } from "../../service.ts";

export interface InstanceTypeFacts {
  readonly vcpus: number;
  readonly memoryMib: number;
}

/** Nitro types that a helper host would be; all x86_64. */
export const INSTANCE_TYPES: ReadonlyMap<string, InstanceTypeFacts> = new Map([
  ["t3.nano", { vcpus: 2, memoryMib: 512 }],
  ["t3.micro", { vcpus: 2, memoryMib: 1_024 }],
  ["t3.small", { vcpus: 2, memoryMib: 2_048 }],
  ["t3.medium", { vcpus: 2, memoryMib: 4_096 }],
  ["t3.large", { vcpus: 2, memoryMib: 8_192 }],
  ["t3a.micro", { vcpus: 2, memoryMib: 1_024 }],
  ["t3a.small", { vcpus: 2, memoryMib: 2_048 }],
  ["m5.large", { vcpus: 2, memoryMib: 8_192 }],
  ["m6i.large", { vcpus: 2, memoryMib: 8_192 }],
  ["m7i.large", { vcpus: 2, memoryMib: 8_192 }],
  ["c6i.large", { vcpus: 2, memoryMib: 4_096 }],
  ["c7i.large", { vcpus: 2, memoryMib: 4_096 }],
]);

/** The type that was asked for; EC2's default is one this image does not run on, so it must be named. */
export function instanceType(asked: string | undefined): string {
  if (asked !== undefined && INSTANCE_TYPES.has(asked)) return asked;
  throw new AwsError("InvalidParameterValue", `Invalid value '${asked ?? ""}' for InstanceType.`);
}
