/** Tells people what happened. The messages are made ready as a mail service wants them, and kept instead of sent. */
import { hkdf } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { Deferred } from 'carillon';
import { injectable } from 'inversify';
import { measured } from '../report/measured.js';
import { Settings } from '../settings.js';

/** Work for later: somebody is to be told. */
export class NotificationDue {
  constructor(
    readonly recipient: string,
    readonly subject: string,
    readonly text: string,
  ) {}
}

const compress = promisify(brotliCompress);
const deriveKey = promisify(hkdf);

@injectable()
export class Notifier {
  readonly #sent = new Map<string, number>();

  constructor(private readonly settings: Settings) {}

  /** How many messages each recipient got. */
  get sent(): ReadonlyMap<string, number> {
    return this.#sent;
  }

  @Deferred(NotificationDue, { queue: 'notifications' })
  @measured
  async notify({ recipient, subject, text }: NotificationDue): Promise<void> {
    const unsubscribeKey = await deriveKey(
      'sha256',
      this.settings.secret,
      recipient,
      'unsubscribe',
      32,
    );
    const footer = `Unsubscribe: ${Buffer.from(unsubscribeKey).toString('base64url')}`;
    await compress([`To: ${recipient}`, `Subject: ${subject}`, '', text, '', footer].join('\r\n'));
    this.#sent.set(recipient, (this.#sent.get(recipient) ?? 0) + 1);
  }
}
