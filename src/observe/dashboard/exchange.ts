/** A request and its answer, whatever server they come from. */

/** What the dashboard reads of a request. */
export interface DashboardRequest {
  readonly method: string;
  /** Behind the path at which the dashboard is mounted: `'/queues'`; `''` without a slash at its end. */
  readonly path: string;
  /** What stands behind `?`. */
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** The body as text, at most 1 MB. */
  body(): Promise<string>;
  /** Calls back when the client has gone. */
  onClose(listener: () => void): void;
  /** Of the server: what `auth` gets. */
  readonly raw: object;
}

/** Who reads an answer that goes on. */
export interface Reader {
  write(chunk: string): void;
  end(): void;
  /** Whether it has not yet taken what was written: more would only pile up. */
  isBehind(): boolean;
}

/** A text, or chunks of text that come until the client goes or the dashboard ends. */
export interface DashboardResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ((reader: Reader) => void);
}

/** The most that a command may hold, in bytes. */
export const MOST_BYTES = 1_048_576;

/** On each answer: nothing of it is kept, shown elsewhere, or runs what does not come from here. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export function answer(
  status: number,
  type: string,
  body: DashboardResponse['body'],
  headers: DashboardResponse['headers'] = {},
): DashboardResponse {
  return { status, headers: { ...SAFE_HEADERS, 'content-type': type, ...headers }, body };
}

export function json(value: unknown, status = 200): DashboardResponse {
  return answer(status, 'application/json', JSON.stringify(value));
}

/** A refusal that says why. */
export function refused(status: number, reason: string): DashboardResponse {
  return json({ error: reason }, status);
}
