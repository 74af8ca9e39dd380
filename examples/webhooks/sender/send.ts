/** Sends one delivery over HTTP, in the way that its kind asks for. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Kind, Shipment } from './plan.js';

/** What came back. */
export interface Answer {
  readonly kind: Kind;
  readonly event: string;
  /** Nothing when the connection ended without an answer. */
  readonly status?: number;
}

/** Resolves when the connection has nothing more to say; a connection that breaks is an answer too. */
export async function send(url: string, shipment: Shipment, agent: Agent): Promise<Answer> {
  const { kind, event } = shipment;
  const call = request(url, {
    method: 'POST',
    // Whoever breaks a connection has one of its own.
    agent: isWhole(kind) ? agent : false,
    headers: headersOf(shipment),
  });
  const response = responseTo(call);
  write(call, shipment);

  const status = await response;
  return status === undefined ? { kind, event } : { kind, event, status };
}

function isWhole(kind: Kind): boolean {
  return kind !== 'cut short' && kind !== 'cut short, hung up' && kind !== 'whole, hung up';
}

function headersOf({ event, body, signature }: Shipment): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'GitHub-Hookshot/example',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    ...(signature === undefined ? {} : { 'x-hub-signature-256': signature }),
  };
}

async function responseTo(call: ClientRequest): Promise<number | undefined> {
  try {
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    return response.statusCode;
  } catch {
    return undefined;
  }
}

function write(call: ClientRequest, { kind, body }: Shipment): void {
  const half = body.slice(0, body.length / 2);
  switch (kind) {
    case 'cut short':
      call.write(half, () => call.socket?.end());
      return;
    case 'cut short, hung up':
      call.write(half, () => call.destroy());
      return;
    case 'whole, hung up':
      call.end(body, () => call.destroy());
      return;
    default:
      call.end(body);
  }
}
