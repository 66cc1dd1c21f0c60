/** Which terraform (or OpenTofu) to run, found once by the wiring. Undefined members: looked for and not found. */
export interface TerraformSettings {
  /** Absolute path of the program. */
  readonly binary?: string;
  /**
   * The base environment of every terraform process, the AWS variables not included: what is passed on of the user's
   * (PATH, HOME, proxies, `TF_VAR_*`), the CLI configuration with mirrors, the plugin cache.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the provider comes from: `registry`, or the path of a mirror. */
  readonly providerFrom?: string;
}
