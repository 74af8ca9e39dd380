/** Subjects to which the server answers. */
import { createInbox, type NatsConnection } from '@nats-io/transport-node';

/** What the client keeps of its options. */
interface WithOptions {
  readonly options?: { readonly inboxPrefix?: string };
}

/** A new one below the `inboxPrefix` of the connection: an account may be allowed to hear no other. */
export function newInbox(connection: NatsConnection): string {
  return createInbox((connection as NatsConnection & WithOptions).options?.inboxPrefix);
}
