/** Tells a witness of what is published or deferred. */
import type { EventKey } from '../../decorators/event-key.js';
import type { HandlerOwner, SendVerb } from './handler-owner.js';

/** Sends in the caller's turn, whether somebody watches or not. */
export function tellSent<T>(
  { runtime, path }: HandlerOwner,
  verb: SendVerb,
  key: EventKey,
  payload: unknown,
  send: () => Promise<T>,
): Promise<T> {
  const { witness } = runtime;
  if (witness?.sent === undefined) return send();
  let fulfil!: (value: T) => void;
  let refuse!: (error: unknown) => void;
  const accepted = new Promise<T>((resolve, reject) => {
    fulfil = resolve;
    refuse = reject;
  });
  witness.sent(verb, key, payload, path, accepted);
  (async () => send())().then(fulfil, refuse);
  // The witness has looked at it before the caller can, and knows the outcome first.
  return accepted;
}
