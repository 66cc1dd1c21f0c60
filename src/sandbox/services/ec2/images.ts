import type { Image } from "@aws-sdk/client-ec2";
import { AwsError } from "../../service.ts";
import { stableId } from "./stable-id.ts";

export const ROOT_DEVICE = "/dev/xvda";
export const ROOT_GIB = 8;
const AMAZON = "137112412989";
const NAME = "al2023-ami-2023.9.20261020.0-kernel-6.1-x86_64";

/** The public SSM parameters that name the image. */
const PARAMETERS = /^\/aws\/service\/ami-amazon-linux-latest\/al2023-ami-(minimal-)?kernel-(default|6\.\d+)-x86_64$/;

/** The one image of a Region: a stand-in for Amazon Linux 2023, which brings the SSM agent. */
export function imageId(region: string): string {
  return stableId("ami-", `${region}/${NAME}`);
}

/** The value of a public SSM parameter; undefined for one that is not known. */
export function imageParameter(region: string, name: string): string | undefined {
  return PARAMETERS.test(name) ? imageId(region) : undefined;
}

/** The image that RunInstances names, by id or as `resolve:ssm:<public parameter>`. */
export function findImage(region: string, asked: string | undefined): string {
  if (asked === undefined) throw new AwsError("MissingParameter", "The request must contain the parameter ImageId");
  const id = asked.startsWith("resolve:ssm:") ? imageParameter(region, asked.slice("resolve:ssm:".length)) : asked;
  if (id === imageId(region)) return id;
  if (id !== undefined && !/^ami-[0-9a-f]{8,17}$/.test(id)) {
    throw new AwsError("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`);
  }
  throw new AwsError("InvalidAMIID.NotFound", `The image id '[${asked}]' does not exist`);
}

export function describedImage(region: string): Image {
  return {
    ImageId: imageId(region),
    Name: NAME,
    Description: "gameday sandbox stand-in for Amazon Linux 2023",
    ImageLocation: `amazon/${NAME}`,
    OwnerId: AMAZON,
    ImageOwnerAlias: "amazon",
    Public: true,
    State: "available",
    Architecture: "x86_64",
    ImageType: "machine",
    PlatformDetails: "Linux/UNIX",
    UsageOperation: "RunInstances",
    VirtualizationType: "hvm",
    Hypervisor: "xen",
    BootMode: "uefi-preferred",
    EnaSupport: true,
    SriovNetSupport: "simple",
    ImdsSupport: "v2.0",
    CreationDate: "2026-10-21T00:00:00.000Z",
    RootDeviceType: "ebs",
    RootDeviceName: ROOT_DEVICE,
    BlockDeviceMappings: [
      {
        DeviceName: ROOT_DEVICE,
        Ebs: {
          DeleteOnTermination: true,
          Encrypted: false,
          SnapshotId: stableId("snap-", `${region}/${NAME}`),
          VolumeSize: ROOT_GIB,
          VolumeType: "gp3",
          Iops: 3_000,
          Throughput: 125,
        },
      },
    ],
  };
}
