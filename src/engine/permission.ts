/** IAM permissions that a step kind or resource kind needs: one statement of the policy `gameday permissions` prints. */
export interface Permission {
  /** `ec2:CreateVolume`, … */
  readonly actions: readonly string[];
  /** ARNs; `{account}`, `{primary}` and `{dr}` are filled in from the drill. `["*"]` when absent. */
  readonly resources?: readonly string[];
  /**
   * `on-create`: the request must carry the run tag (`aws:RequestTag`).
   * `on-run-resource`: the resource must carry it (`aws:ResourceTag`), for everything that changes or destroys.
   */
  readonly tagged?: "on-create" | "on-run-resource";
  /** Further IAM conditions, operator → key → value(s). */
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
