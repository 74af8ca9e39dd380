/** Decides what is sent: every example as GitHub would send it, and here and there one of them once more with a fault. */
import { sign } from '@octokit/webhooks-methods';
import { type Example, readExamples } from './examples.js';

/** What is right or wrong with a delivery. */
export type Kind =
  | 'genuine'
  | 'bad signature'
  | 'invalid payload'
  | 'not JSON'
  | 'cut short'
  | 'cut short, hung up'
  | 'whole, hung up';

/** One delivery as it goes over the wire. */
export interface Shipment {
  readonly kind: Kind;
  readonly event: string;
  readonly body: string;
  readonly signature: string | undefined;
}

/** Which of the examples are sent again with which fault: each whose number can be divided by that. */
const FAULTS: readonly (readonly [every: number, kind: Kind])[] = [
  [11, 'invalid payload'],
  [13, 'bad signature'],
  [17, 'cut short'],
  [19, 'cut short, hung up'],
  [23, 'whole, hung up'],
  [37, 'not JSON'],
];

/** Good and bad ones in one row, so that they are under way at the same time. */
export async function planShipments(secret: string): Promise<readonly Shipment[]> {
  const shipments: Shipment[] = [];
  for (const [index, example] of readExamples().entries()) {
    shipments.push(await makeShipment('genuine', example, index, secret));
    for (const [every, kind] of FAULTS) {
      if (index % every === 0) shipments.push(await makeShipment(kind, example, index, secret));
    }
  }
  return shipments;
}

async function makeShipment(
  kind: Kind,
  { event, payload }: Example,
  index: number,
  secret: string,
): Promise<Shipment> {
  switch (kind) {
    case 'bad signature': {
      const body = JSON.stringify(payload);
      return { kind, event, body, signature: await wrongSignature(index, body, secret) };
    }
    case 'not JSON': {
      const body = JSON.stringify(payload).slice(0, -1);
      return { kind, event, body, signature: await sign(secret, body) };
    }
    default: {
      const body = JSON.stringify(kind === 'invalid payload' ? spoil(event, payload) : payload);
      return { kind, event, body, signature: await sign(secret, body) };
    }
  }
}

/** Three ways to have a wrong one: none at all, somebody else's, or that of another body. */
async function wrongSignature(
  index: number,
  body: string,
  secret: string,
): Promise<string | undefined> {
  const ways = [
    async () => undefined,
    () => sign(`not ${secret}`, body),
    () => sign(secret, `${body} `),
  ] as const;
  return ways[index % ways.length]?.();
}

/** Breaks a rule of the payload's class. */
function spoil(event: string, payload: Example['payload']): object {
  switch (event) {
    case 'push':
      return { ...payload, ref: 42, commits: 'none' };
    case 'pull_request':
      return { ...payload, number: 'seven' };
    case 'issues':
      return {
        ...payload,
        issue: { ...(payload['issue'] as object), title: undefined, state: 'lost' },
      };
    default:
      return 'repository' in payload
        ? {
            ...payload,
            repository: { ...(payload['repository'] as object), full_name: 'no slash' },
          }
        : { ...payload, action: 'everything.*' };
  }
}
