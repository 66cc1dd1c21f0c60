import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gameday, throwAwayFolder } from "./binary.ts";

/** Tells the journal which of the user's AWS settings it has got, and where it would go. */
const PROGRAM = `
  env | grep -c canary
  case "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID" in http://127.0.0.1:*" AKIA"*) echo sandbox ;; esac
  echo "rehearsal $GAMEDAY_REHEARSAL, region $AWS_REGION, home $HOME"
  env | cut -d= -f1 | grep -c ^AWS_PROFILE; true`;

it("a program of a rehearsal gets the sandbox's AWS settings, and none of the user's", async () => {
  const cwd = await throwAwayFolder();
  await mkdir(join(cwd, "home"));
  const theirs = {
    AWS_PROFILE: "canary",
    AWS_ACCESS_KEY_ID: "canary-id",
    AWS_SECRET_ACCESS_KEY: "canary-secret",
    AWS_ENDPOINT_URL: "http://canary.example",
    AWS_ENDPOINT_URL_EC2: "http://canary.example",
    AWS_CONFIG_FILE: "/canary/config",
  };
  const drill = {
    apiVersion: "gameday/v1",
    name: "programs",
    description: "Runs a program",
    regions: { primary: "us-east-1", dr: "us-west-2" },
    safety: { accounts: ["111122223333"] },
    recover: [
      {
        id: "look",
        uses: "command.run",
        with: {
          command: ["/bin/sh", "-c", PROGRAM],
          passEnvironment: ["HOME", ...Object.keys(theirs)],
          environment: { AWS_REGION: "eu-west-1", AWS_CA_BUNDLE: "/canary" },
        },
      },
    ],
    verify: [{ id: "check", uses: "command.run", with: { command: ["true"] } }],
  };
  await writeFile(join(cwd, "drill.yaml"), JSON.stringify(drill));
  const env = { ...theirs, HOME: join(cwd, "home") };
  const { stdout, stderr } = await gameday(["rehearse", "drill.yaml", "--json"], { cwd, env });
  const passed = stdout.split("\n").find((line) => line.includes(`"stdout":`));
  const event = JSON.parse(passed ?? `{"stderr":${JSON.stringify(stdout.slice(-2000) + stderr)}}`) as object;
  expect(event).toMatchObject({
    outputs: { stdout: `0\nsandbox\nrehearsal 1, region eu-west-1, home ${env.HOME}\n0` },
  });
});
