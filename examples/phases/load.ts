/** The load: many connections at once, each asking in the name of one caller after another. */
import autocannon from 'autocannon';

/** How much is asked. */
export interface Load {
  readonly connections: number;
  readonly requests: number;
}

/** What was answered, as the other side counted it. */
export interface Answers {
  /** How often each status came. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly perSecond: number;
  /** Of the time from request to answer, in milliseconds. */
  readonly median: number;
  /** Connections that failed or timed out. */
  readonly errors: number;
}

const CALLERS: readonly Readonly<Record<string, string>>[] = [
  { authorization: 'Bearer ann', 'accept-language': 'de' },
  { authorization: 'Bearer bob' },
  { authorization: 'Bearer eve' },
  { authorization: 'Bearer mallory' },
];

export async function fire(url: string, { connections, requests }: Load): Promise<Answers> {
  const result = await autocannon({
    url,
    connections,
    amount: requests,
    timeout: 120,
    requests: CALLERS.map((headers) => ({ method: 'GET', path: '/', headers })),
  });
  const statuses = Object.entries(result.statusCodeStats ?? {}).map(
    ([status, { count }]) => [Number(status), count ?? 0] as const,
  );
  return {
    statuses: new Map(statuses),
    perSecond: result.requests.average,
    median: result.latency.p50,
    errors: result.errors + result.timeouts,
  };
}
