import { newAccessKey, newSessionToken, type AccessKey } from "./access-key.ts";

/** What signs for somebody. */
export interface Grant extends AccessKey {
  readonly principalArn: string;
  /** Present for the temporary credentials of a session, which are worth nothing without it. */
  readonly session?: { readonly token: string; readonly expiresAt: number };
}

/** Who may call: the sandbox's operator, whose key is new with every sandbox, and the sessions that STS has given out. */
export class Principals {
  readonly operator: Grant;
  /** Whether sessions end; on the sandbox's clock. */
  readonly enforceExpiry: boolean;
  readonly #grants = new Map<string, Grant>();

  /**
   * `enforceExpiry` is off by default, because the SDKs renew credentials by the machine's clock, which a virtual one leaves far
   * behind.
   */
  constructor(options: { readonly account: string; readonly enforceExpiry?: boolean }) {
    this.operator = { principalArn: `arn:aws:iam::${options.account}:user/gameday`, ...newAccessKey("AKIA") };
    this.enforceExpiry = options.enforceExpiry ?? false;
    this.#grants.set(this.operator.accessKeyId, this.operator);
  }

  /** New temporary credentials. `expiresAt` in epoch milliseconds of the sandbox's clock. */
  grantSession(principalArn: string, expiresAt: number): Required<Grant> {
    const grant = { principalArn, ...newAccessKey("ASIA"), session: { token: newSessionToken(), expiresAt } };
    this.#grants.set(grant.accessKeyId, grant);
    return grant;
  }

  /** Undefined for a key that was never given out. */
  find(accessKeyId: string): Grant | undefined {
    return this.#grants.get(accessKeyId);
  }
}
