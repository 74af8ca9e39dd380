/** What the page asks its server. */

export interface About {
  readonly application: string;
  readonly environment: string;
  readonly commands: boolean;
}

export type { FeedEntry as Entry } from '../src/observe/dashboard/feed.js';
export type { Topology } from '../src/observe/topology.js';

export interface Alive {
  readonly scopes: readonly {
    readonly path: string;
    readonly state: string;
    readonly age: number;
    readonly leases: readonly string[];
  }[];
  readonly running: readonly {
    readonly className: string;
    readonly method: string;
    readonly event: string;
    readonly owner: string;
    readonly age: number;
  }[];
  readonly tasks: readonly {
    readonly method: string;
    readonly owner: string;
    readonly age: number;
    readonly waitsFor: string;
  }[];
}

export interface Queue {
  readonly name: string;
  readonly error?: string;
  readonly counts?: {
    readonly waiting: number;
    readonly delayed: number;
    readonly active: number;
    readonly dead: number;
  };
}

export interface DeadLetter {
  readonly id: string;
  readonly event: string;
  readonly handler?: string;
  readonly reason: string;
  readonly failure: { readonly name: string; readonly code?: string };
  readonly attempt: number;
  readonly diedAt: string;
  readonly payload?: string;
}

/** Asks below the page's own address. Throws the server's reason. */
export async function ask<T>(path: string): Promise<T> {
  return read(await fetch(`./${path}`));
}

/** @returns how many dead letters it concerned */
export async function command(queue: string, name: string, body: object): Promise<number> {
  const response = await fetch(`./queues/${encodeURIComponent(queue)}/${name}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return (await read<{ count: number }>(response)).count;
}

async function read<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const { error } = (await response.json().catch(() => ({}))) as { error?: string };
  throw new Error(error ?? `The server answered ${response.status}.`);
}

/** Gives the token of the address for a cookie, and takes it out of the address. */
export async function openSession(): Promise<void> {
  const token = location.hash.slice(1);
  if (token.length < 20 || token.includes('/')) return;
  history.replaceState(null, '', location.pathname + location.search);
  await fetch('./session', { method: 'POST', body: token });
}
