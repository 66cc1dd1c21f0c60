/* The versions of what gameday is measured beside. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENT, installed } from "./measure.mjs";

const PROGRAMS = [
  { name: "AWS CLI", command: ["aws", "--version"], version: /aws-cli\/(\S+)/u },
  { name: "boto3", command: ["python3", "-c", "import boto3; print(boto3.__version__)"], version: /(\S+)/u },
  { name: "moto", command: ["python3", "-c", "import moto; print(moto.__version__)"], version: /(\S+)/u },
  { name: "Terraform", command: ["terraform", "version"], version: /Terraform v(\S+)/u },
  { name: "OpenSSL", command: ["openssl", "version"], version: /OpenSSL (\S+)/u },
  { name: "sha256sum", command: ["sha256sum", "--version"], version: /(\S+)$/mu },
  { name: "b3sum", command: ["b3sum", "--version"], version: /b3sum (\S+)/u },
];

const PACKAGES = ["listr2", "yaml", "@aws-sdk/client-ec2"];

/** By name; "not installed" for a program that is not there. */
export function peerVersions() {
  return Object.fromEntries([...PROGRAMS.map(versionOf), ...PACKAGES.map(packageVersion)]);
}

function versionOf({ name, command: [program, ...args], version }) {
  if (!installed(program)) return [name, "not installed"];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: ENVIRONMENT });
  const found = version.exec(stdout || stderr)?.[1];
  return [name, status === 0 && found ? found : "not installed"];
}

function packageVersion(name) {
  const path = join(import.meta.dirname, "../node_modules", name, "package.json");
  return [name, JSON.parse(readFileSync(path, "utf8")).version];
}
