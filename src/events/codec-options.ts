/** How messages are written and read: what a remote bus and a queue take of it alike. */
import {
  name,
  nested,
  type OptionShape,
  whole,
  withMethods,
} from '../../decorators/check-options.js';
import type { PayloadReader } from './payload-reader.js';
import type { JsonLimits } from './safe-json.js';

/** How messages are written and read. */
export interface MessageOptions {
  /** The CloudEvents source of what is sent: a URI or a relative one. Default `/` and the application's name. */
  readonly source?: string;
  /** Makes and checks payloads of event classes, such as `classValidator()`. Default one that copies properties. */
  readonly reader?: PayloadReader;
  /** How large and how deep messages may be. */
  readonly limits?: JsonLimits;
}

export const MESSAGE: OptionShape<MessageOptions> = /* @__PURE__ */ (() => ({
  source: name(),
  reader: withMethods('check', 'read', 'write'),
  limits: nested<JsonLimits>({ size: whole({ least: 1 }), depth: whole({ least: 1 }) }),
}))();
