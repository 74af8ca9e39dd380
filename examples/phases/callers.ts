/** Who may come, and how often: a service of the application. */
import { injectable } from 'inversify';

/** Requests that each caller may make. */
const ALLOWANCES: Readonly<Record<string, number>> = {
  ann: Number.POSITIVE_INFINITY,
  bob: Number.POSITIVE_INFINITY,
  mallory: 100,
};

@injectable()
export class Callers {
  readonly #taken = new Map<string, number>();

  /** The caller that a token belongs to. */
  identify(authorization: string | undefined): string | undefined {
    const user = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : '';
    return user in ALLOWANCES ? user : undefined;
  }

  /** Takes one request of the caller's; below 0 there was none left. */
  take(user: string): number {
    const taken = (this.#taken.get(user) ?? 0) + 1;
    this.#taken.set(user, taken);
    return (ALLOWANCES[user] ?? 0) - taken;
  }
}
