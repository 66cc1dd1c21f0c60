import { expiredCredentials, unknownCredentials } from "./credential-errors.ts";

interface Session {
  readonly principalArn: string;
  readonly expiresAt: number;
}

/** Who calls: the sandbox's operator, or a session that STS has given out. */
export class Principals {
  readonly #account: string;
  readonly #sessions = new Map<string, Session>();
  readonly #enforceExpiry: boolean;

  /**
   * `enforceExpiry`: sessions end on the sandbox's clock. Off by default, because the SDKs renew credentials by the machine's
   * clock, which a virtual one leaves far behind.
   */
  constructor(options: { readonly account: string; readonly enforceExpiry?: boolean }) {
    this.#account = options.account;
    this.#enforceExpiry = options.enforceExpiry ?? false;
  }

  /** The user whose static keys `environment` names, and anybody else with static keys. */
  get operatorArn(): string {
    return `arn:aws:iam::${this.#account}:user/gameday`;
  }

  add(accessKeyId: string, session: Session): void {
    this.#sessions.set(accessKeyId, session);
  }

  /** The caller's ARN. Throws for temporary keys that were never given out or have expired. */
  arnOf(accessKeyId: string, { service, now }: { readonly service: string; readonly now: number }): string {
    const session = this.#sessions.get(accessKeyId);
    if (session && this.#enforceExpiry && now >= session.expiresAt) throw expiredCredentials(service);
    if (session) return session.principalArn;
    if (accessKeyId.startsWith("ASIA")) throw unknownCredentials(service);
    return this.operatorArn;
  }
}
