/** Under which key an inbox remembers that a handler has handled a message. */
import { isStorable } from '../../decorators/check-options.js';
import type { MessageFacts } from '../../decorators/delivery.js';

/** The longest key as it is, in characters: every engine can index it. */
const LONGEST = 600;

interface Platform {
  readonly crypto: {
    readonly subtle: { digest(name: string, data: Uint8Array): Promise<ArrayBuffer> };
  };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
}

const platform = globalThis as unknown as Platform;

/**
 * The id and the source are the sender's, of any length and with any characters: such a key is remembered by its hash.
 *
 * @param handler the id of the handler
 */
export async function inboxKeyOf(handler: string, { source, id }: MessageFacts): Promise<string> {
  const key = `${handler} ${source} ${id}`;
  if (key.length <= LONGEST && isStorable(key)) return key;
  const hash = await platform.crypto.subtle.digest(
    'SHA-256',
    new platform.TextEncoder().encode(key),
  );
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
