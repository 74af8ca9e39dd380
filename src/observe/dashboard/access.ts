/** Who may use the dashboard: by the host that was asked, the site that asks, and a token that becomes a cookie. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { DashboardRequest } from './exchange.js';

/** Names under which only this machine is reached. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

const COOKIE = 'carillon-dashboard';

/** What is asked of a request before anything else. */
export interface AccessOptions {
  /** Further host names under which the dashboard is reached, such as `'admin.example.org'`. */
  readonly hosts: readonly string[];
  /** Lets a request in instead of the token. */
  readonly auth: ((request: object) => boolean | Promise<boolean>) | undefined;
}

export class Access {
  readonly token = randomBytes(24).toString('base64url');
  readonly #session = randomBytes(24).toString('base64url');
  readonly #hosts: ReadonlySet<string>;
  readonly #auth: AccessOptions['auth'];

  constructor({ hosts, auth }: AccessOptions) {
    this.#hosts = new Set([...LOOPBACK, ...hosts]);
    this.#auth = auth;
  }

  /** Why the request is refused; `undefined` when its host and its origin are right. */
  refusal({ method, header }: DashboardRequest): string | undefined {
    const host = header('host') ?? '';
    // A page of another name that resolves to this machine must not read anything (DNS rebinding).
    if (!this.#hosts.has(withoutPort(host))) return 'This host is not allowed.';
    if (method !== 'POST') return undefined;
    const site = header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin') return 'Another site may not do this.';
    const origin = header('origin');
    if (origin === undefined ? site === undefined : withoutScheme(origin) !== host)
      return 'Another origin may not do this.';
    return undefined;
  }

  /** Whether the request has been let in. */
  async allows(request: DashboardRequest): Promise<boolean> {
    if (this.#auth !== undefined) return (await this.#auth(request.raw)) === true;
    const cookies = (request.header('cookie') ?? '').split(/; */);
    const own = cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`));
    return own !== undefined && equal(own.slice(COOKIE.length + 1), this.#session);
  }

  /** The cookie for who has the token; `undefined` without it. */
  open(token: string): string | undefined {
    if (!equal(token, this.token)) return undefined;
    return `${COOKIE}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`;
  }
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const withoutPort = (host: string): string => host.replace(/:\d+$/, '');

const withoutScheme = (origin: string): string => origin.replace(/^\w+:\/\//, '');
