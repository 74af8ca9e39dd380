/** What surrounds a payload on its way: CloudEvents 1.0 in its JSON format (https://github.com/cloudevents/spec, v1.0.2). */
import { CarillonError } from '../../decorators/carillon-error.js';
import { bytesToText, fromBase64, toBase64 } from './base64.js';
import {
  checkKey,
  checkRead,
  checkSize,
  type JsonLimits,
  parseJson,
  parseUnchecked,
  quoted,
  writeJson,
} from './safe-json.js';

/** What an attribute of our own or of another program's may hold. */
export type AttributeValue = string | number | boolean;

/** Whether the event was named by a class, a token or a topic. */
export type EventKind = 'class' | 'token' | 'topic';

/** A message: facts about it, and its data. Times are as RFC 3339 writes them. */
export interface Envelope {
  /** Unique together with {@link source}. */
  readonly id: string;
  /** Who sent it: a URI or a relative one. */
  readonly source: string;
  /** The event's name. */
  readonly type: string;
  readonly time?: string | undefined;
  readonly subject?: string | undefined;
  readonly dataSchema?: string | undefined;
  readonly contentType?: string | undefined;
  /** `undefined` in what another program wrote. */
  readonly kind?: EventKind | undefined;
  readonly schemaVersion?: number | undefined;
  /** The id of the message with which the story began. */
  readonly correlationId?: string | undefined;
  /** The id of the message whose handler sent this one. */
  readonly causationId?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Messages with the same key keep their order where the engine says so. */
  readonly orderingKey?: string | undefined;
  /** Every other attribute, by its name on the wire. */
  readonly extensions?: Readonly<Record<string, AttributeValue>> | undefined;
  /** A JSON value, bytes, or nothing. */
  readonly data?: unknown;
}

type Field = Exclude<keyof Envelope, 'extensions' | 'data'>;

/** Names on the wire: those of the specification and of its documented extensions, where there is one. */
const ATTRIBUTES: Readonly<Record<Field, string>> = {
  id: 'id',
  source: 'source',
  type: 'type',
  time: 'time',
  subject: 'subject',
  dataSchema: 'dataschema',
  contentType: 'datacontenttype',
  kind: 'eventkind',
  schemaVersion: 'schemaversion',
  correlationId: 'correlationid',
  causationId: 'causationid',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  orderingKey: 'partitionkey',
};

const FIELDS = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(ATTRIBUTES).map(([field, attribute]) => [
    attribute,
    field as Field,
  ]),
);

/** What stands before the value of each. */
const MEMBER = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ Object.entries(ATTRIBUTES).map(([field, attribute]) => [
    field,
    `,"${attribute}":`,
  ]),
) as Readonly<Record<Field, string>>;

/** What messages of one kind have in common: it comes first. */
const COMMON = ['source', 'type', 'kind', 'contentType', 'schemaVersion', 'dataSchema'] as const;

type Common = Pick<Envelope, (typeof COMMON)[number]>;

/** The rest. */
const OWN = /* @__PURE__ */ (Object.keys(ATTRIBUTES) as Field[]).filter(
  (field) => !(COMMON as readonly Field[]).includes(field),
);

/** How the message before this one began. */
let begun: Common & { readonly text: string } = { source: '', type: '', text: '' };

/** Members of the JSON that are checked by themselves. */
const NO_ATTRIBUTES = new Set(['specversion', 'data', 'data_base64']);

const RESERVED = /* @__PURE__ */ (() => new Set([...NO_ATTRIBUTES, ...FIELDS.keys()]))();

const NO_EXTENSIONS: Readonly<Record<string, AttributeValue>> = /* @__PURE__ */ Object.freeze({});

const NAME = /^[a-z0-9]+$/;
const NEEDED = ['id', 'source', 'type'] as const;
const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/i;

/**
 * Writes the message in the structured JSON format.
 *
 * @throws CarillonError `CAR5034` for a message that is too large, `CAR5037` for what cannot travel
 */
export function encodeEnvelope(envelope: Envelope, limits: JsonLimits = {}): string {
  const { data, extensions = NO_EXTENSIONS } = envelope;
  const what = `The message ${envelope.type}`;
  let text = beginning(envelope);
  for (const field of OWN) {
    const value = envelope[field];
    if (value !== undefined) text += MEMBER[field] + attributeText(value);
  }
  for (const name of Object.keys(extensions)) {
    const value = extensions[name] as AttributeValue;
    const fault = extensionFault(name, value);
    if (fault !== undefined)
      throw new CarillonError('CAR5037', `${what} has the attribute "${name}", ${fault}. Mend it.`);
    text += `,"${name}":${attributeText(value)}`;
  }
  if (data instanceof Uint8Array) text += `,"data_base64":"${toBase64(data)}"`;
  else {
    const json = writeJson(what, data, limits, 1);
    if (json !== undefined) text += `,"data":${json}`;
  }
  text += '}';
  checkSize(what, text, limits);
  return text;
}

/** Many messages of one kind are written one after another. */
function beginning({
  source,
  type,
  kind,
  contentType,
  schemaVersion,
  dataSchema,
}: Envelope): string {
  const isAsBefore =
    source === begun.source &&
    type === begun.type &&
    kind === begun.kind &&
    contentType === begun.contentType &&
    schemaVersion === begun.schemaVersion &&
    dataSchema === begun.dataSchema;
  if (!isAsBefore) {
    const common: Common = { source, type, kind, contentType, schemaVersion, dataSchema };
    const members = COMMON.map((field) =>
      common[field] === undefined ? '' : MEMBER[field] + attributeText(common[field]),
    );
    begun = { ...common, text: `{"specversion":"1.0"${members.join('')}` };
  }
  return begun.text;
}

/** An attribute as JSON. */
function attributeText(value: AttributeValue): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}

/**
 * Reads a message that this or another program wrote.
 *
 * @throws CarillonError `CAR5033` for what is no CloudEvent, `CAR5034` for what is too large, too deep or hostile
 */
export function decodeEnvelope(message: string | Uint8Array, limits: JsonLimits = {}): Envelope {
  const wire = parseUnchecked(typeof message === 'string' ? message : bytesText(message), limits);
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire))
    throw unreadable('it is no object');
  const attributes = wire as Record<string, unknown>;
  const { specversion, data, data_base64: base64 } = attributes;
  if (specversion !== '1.0')
    throw unreadable(`its specversion is ${JSON.stringify(specversion)}, not "1.0"`);
  const envelope = emptyEnvelope();
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    const field = FIELDS.get(name);
    if (value === null || (field === undefined && NO_ATTRIBUTES.has(name))) continue;
    if (field === undefined) checkKey(name);
    const fault = field === undefined ? extensionFault(name, value) : fieldFault(field, value);
    if (fault !== undefined) throw unreadable(`its attribute "${name}" ${fault}`);
    if (field !== undefined) envelope[field] = value;
    else extensionsOf(envelope)[name] = value as AttributeValue;
  }
  for (const field of NEEDED)
    if (envelope[field] === undefined) throw unreadable(`it has no ${field}`);
  checkRead(data, limits, 1);
  envelope.data = data;
  if (base64 !== undefined && base64 !== null) {
    if (data !== undefined && data !== null) throw unreadable('it has both data and data_base64');
    envelope.data = binaryData(base64, envelope.contentType, limits);
  }
  return envelope as unknown as Envelope;
}

type ReadEnvelope = Record<Field | 'data', unknown> & {
  extensions: Readonly<Record<string, AttributeValue>>;
};

function extensionsOf(envelope: ReadEnvelope): Record<string, AttributeValue> {
  if (envelope.extensions === NO_EXTENSIONS) envelope.extensions = {};
  return envelope.extensions;
}

/** Of one shape, whatever a message has. */
function emptyEnvelope(): ReadEnvelope {
  return {
    id: undefined,
    source: undefined,
    type: undefined,
    time: undefined,
    subject: undefined,
    dataSchema: undefined,
    contentType: undefined,
    kind: undefined,
    schemaVersion: undefined,
    correlationId: undefined,
    causationId: undefined,
    traceparent: undefined,
    tracestate: undefined,
    orderingKey: undefined,
    extensions: NO_EXTENSIONS,
    data: undefined,
  };
}

function extensionFault(name: string, value: unknown): string | undefined {
  if (RESERVED.has(name)) return 'has a name that is taken';
  if (!NAME.test(name)) return 'has other signs than a-z and 0-9 in its name';
  if (typeof value === 'string' || typeof value === 'boolean') return undefined;
  // The specification's integers have 32 bits.
  return typeof value === 'number' && value === (value | 0)
    ? undefined
    : 'is no text, integer or boolean';
}

function fieldFault(field: Field, value: unknown): string | undefined {
  if (field === 'schemaVersion') {
    return Number.isInteger(value) && (value as number) >= 1
      ? undefined
      : 'is no whole number of 1 or more';
  }
  if (typeof value !== 'string' || value === '') return 'is no text';
  if (field === 'time') return TIME.test(value) ? undefined : 'is no time of RFC 3339';
  if (field === 'kind')
    return value === 'class' || value === 'token' || value === 'topic' ? undefined : 'is unknown';
  return undefined;
}

function binaryData(base64: unknown, contentType: unknown, limits: JsonLimits): unknown {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(base64 as string);
  } catch (cause) {
    throw unreadable('its data_base64 is no base64', cause);
  }
  const isJson = typeof contentType === 'string' && JSON_TYPE.test(contentType);
  return isJson ? parseJson(bytesText(bytes), limits) : bytes;
}

function bytesText(bytes: Uint8Array): string {
  try {
    return bytesToText(bytes);
  } catch (cause) {
    throw unreadable('it is no UTF-8', cause);
  }
}

function unreadable(fault: string, cause?: unknown): CarillonError {
  return new CarillonError(
    'CAR5033',
    `A message is no CloudEvent 1.0 in JSON: ${fault}. See who wrote it.`,
    { cause },
  );
}

let written = Number.NaN;
let text = '';

/** Now, as RFC 3339 has it. Many messages are written in one millisecond. */
export function timestamp(): string {
  const now = Date.now();
  if (now !== written) {
    written = now;
    text = new Date(now).toISOString();
  }
  return text;
}
