/** A dashboard that is asked as its page asks it. */

/** Lets itself in by the token in the address. */
export async function openDashboard(url: string): Promise<DashboardClient> {
  const [address = '', token = ''] = url.split('#');
  const { headers } = await fetch(`${address}session`, {
    method: 'POST',
    body: token,
    headers: { origin: new URL(address).origin },
  });
  return new DashboardClient(address, headers.get('set-cookie')?.split(';')[0] ?? '');
}

export class DashboardClient {
  constructor(
    readonly address: string,
    readonly cookie: string,
  ) {}

  async read<T>(path: string): Promise<T> {
    const response = await fetch(`${this.address}${path}`, { headers: { cookie: this.cookie } });
    return (await response.json()) as T;
  }

  /** @returns the status, and what was answered */
  async command(path: string, body: object): Promise<readonly [number, string]> {
    const response = await fetch(`${this.address}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { cookie: this.cookie, origin: new URL(this.address).origin },
    });
    return [response.status, await response.text()];
  }

  /** The changes of the feed, until one is what is looked for. */
  async feedUntil(isFound: (entry: Record<string, unknown>) => boolean): Promise<void> {
    const abort = new AbortController();
    const response = await fetch(`${this.address}feed`, {
      headers: { cookie: this.cookie },
      signal: abort.signal,
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array);
      const batches = [...text.matchAll(/^data: (.*)\n/gm)].map(([, data = '']) => data);
      if (batches.some((data) => JSON.parse(data).entries.some(isFound))) break;
    }
    abort.abort();
  }
}
