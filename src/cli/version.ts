import packageJson from "../../package.json" with { type: "json" };

export const GAMEDAY_VERSION: string = packageJson.version;
