import type { Sandbox } from "../../src/sandbox/sandbox.ts";

/** Settings for a real SDK client of the sandbox that shows every answer as it comes: no retries. */
export function clientSettings(sandbox: Sandbox, region = "us-east-1") {
  return {
    region,
    endpoint: sandbox.endpoint,
    maxAttempts: 1,
    credentials: sandbox.credentials,
  };
}
