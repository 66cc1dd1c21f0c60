import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Time-outs are for hangs: a busy machine may take many times as long as a quiet one.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 600_000 } },
    pool: "threads",
    // One more than the cores: many tests wait for processes of their own.
    maxWorkers: 3,
    // Files share the modules of their worker: loading them for each file takes a quarter of the whole time.
    isolate: false,
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  },
});
