/** Where a queue is plugged into an application. */
import type { Runtime } from '../dispatch/handler-owner.js';
import type { Directory } from './directory.js';
import type { QueueOptions } from './queue-options.js';

export interface QueuePlace {
  /** The application's name of the queue. */
  readonly name: string;
  readonly options: QueueOptions;
  readonly directory: Directory;
  readonly runtime: Runtime;
  /** The CloudEvents source of what is deferred, where the options name none. */
  readonly source: string;
}
