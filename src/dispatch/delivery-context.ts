/** One event on its way, as all of its handlers share it. */
import type { MessageFacts } from '../../decorators/delivery.js';
import type { EventKey } from '../../decorators/event-key.js';
import type { MessageTrace } from './telemetry.js';

/** Takes what handlers tell of a message while they run. */
export interface Progress {
  progress(fraction: number): void;
  log(line: string): void;
}

/** What is known of a message while it is delivered. */
export interface MessageContext {
  readonly facts: MessageFacts;
  readonly progress?: Progress;
  /** What it carries of a distributed trace. */
  readonly trace?: MessageTrace | undefined;
}

/** Made only where a handler, an interceptor or a message needs it. */
export class DeliveryContext {
  // Only declared: to initialise fields, V8 calls a function, and there is a context for each emit of what takes its delivery.
  declare readonly key: EventKey;
  declare readonly message: MessageContext | undefined;
  declare stopped: boolean;
  /** Whether the time of its scope was over before a handler had settled. */
  declare aborted: boolean;

  constructor(key: EventKey, message?: MessageContext) {
    this.key = key;
    this.message = message;
    this.stopped = false;
    this.aborted = false;
  }
}
