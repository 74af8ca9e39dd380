/** What surrounds a payload on its way: CloudEvents 1.0 in its JSON format (https://github.com/cloudevents/spec, v1.0.2). */
import { CarillonError } from '../../decorators/carillon-error.js';
import { LONGEST_NAME } from '../../decorators/check-options.js';
import { LONGEST_TEXT, MOST_EXTENSIONS } from './attribute-limits.js';
import { bytesToText, fromBase64, toBase64 } from './base64.js';
import { describeThrown } from './describe-thrown.js';
import {
  cannotTravel,
  checkKey,
  checkRead,
  checkSize,
  depthWithin,
  type JsonLimits,
  parseJson,
  parseUnchecked,
} from './safe-json.js';
import { plainJson, quoted, readTyped, typedJson } from './typed-json.js';
import { typeOfObject } from './value-types.js';

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
  /** When it was sent. Without it, the time that a UUID of version 7 has in the id. */
  readonly time?: string | undefined;
  /** What the event is about, within the source: `'order/42'`. */
  readonly subject?: string | undefined;
  /** A URI of the schema that the data follows. */
  readonly dataSchema?: string | undefined;
  /** The media type of the data. Default JSON. */
  readonly contentType?: string | undefined;
  /** `undefined` in what another program wrote. */
  readonly kind?: EventKind | undefined;
  /** The version of the class's data, which `upcast` converts from. Default the current one. */
  readonly schemaVersion?: number | undefined;
  /** The id of the message with which the story began. */
  readonly correlationId?: string | undefined;
  /** The id of the message whose handler sent this one. */
  readonly causationId?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  /** What tracing systems add to {@link traceparent}. */
  readonly tracestate?: string | undefined;
  /** Messages with the same key keep their order where the engine says so. */
  readonly orderingKey?: string | undefined;
  /** Every other attribute, by its name on the wire. */
  readonly extensions?: Readonly<Record<string, AttributeValue>> | undefined;
  /** A JSON value, bytes, or nothing. */
  readonly data?: unknown;
}

type Field = Exclude<keyof Envelope, 'extensions' | 'data'>;

/** Says where data has values that JSON does not have; see `typed-json.ts`. */
const TYPES = 'carillontypes';

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
let begun: (Common & { readonly text: string }) | undefined;

/** Members of the JSON that are checked by themselves. */
const NO_ATTRIBUTES = new Set(['specversion', 'data', 'data_base64', TYPES]);

const RESERVED = /* @__PURE__ */ (() => new Set([...NO_ATTRIBUTES, ...FIELDS.keys()]))();

const NO_EXTENSIONS: Readonly<Record<string, AttributeValue>> = /* @__PURE__ */ Object.freeze({});

const NAME = /^[a-z0-9]+$/;

/** As long as a name at most. */
const NAMES: ReadonlySet<Field> = new Set([
  'id',
  'type',
  'correlationId',
  'causationId',
  'traceparent',
  'orderingKey',
]);

const NEEDED = ['id', 'source', 'type'] as const;
const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/i;

/**
 * Writes the message in the structured JSON format.
 *
 * @throws CarillonError `CAR5034` for a message that is too large, `CAR5037` for what cannot travel
 */
export function encodeEnvelope(envelope: Envelope, limits: JsonLimits = {}): string {
  return writeEnvelope(envelope, limits);
}

/**
 * {@link encodeEnvelope}, also for data that is an instance.
 *
 * @param prototype that of its class, which the reader rebuilds
 */
export function writeEnvelope(envelope: Envelope, limits: JsonLimits, prototype?: object): string {
  const what = `The message ${envelope.type}`;
  let text = beginning(envelope);
  for (const field of OWN) {
    const value = envelope[field];
    if (value === undefined && field !== 'id') continue;
    if (!isShortText(value) || field === 'time') checkField(envelope, field, value);
    text += MEMBER[field] + attributeText(value as AttributeValue);
  }
  if (envelope.extensions !== undefined) text += extensionsText(what, envelope.extensions);
  text += `${dataText(what, envelope.data, limits, prototype)}}`;
  checkSize(what, text, limits);
  return text;
}

/** Many messages of one kind are written one after another. */
function beginning(envelope: Envelope): string {
  const { source, type, kind, contentType, schemaVersion, dataSchema } = envelope;
  const isAsBefore =
    begun !== undefined &&
    source === begun.source &&
    type === begun.type &&
    kind === begun.kind &&
    contentType === begun.contentType &&
    schemaVersion === begun.schemaVersion &&
    dataSchema === begun.dataSchema;
  if (isAsBefore) return begun?.text as string;
  const common: Common = { source, type, kind, contentType, schemaVersion, dataSchema };
  const members = COMMON.map((field) => {
    const value = common[field];
    if (value === undefined && field !== 'source' && field !== 'type') return '';
    checkField(envelope, field, value);
    return MEMBER[field] + attributeText(value as AttributeValue);
  });
  begun = { ...common, text: `{"specversion":"1.0"${members.join('')}` };
  return begun.text;
}

/** Nearly every attribute. */
function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}

/** @throws CarillonError `CAR5037` for an attribute that no reader would take, or that is too long for an engine */
function checkField({ type }: Envelope, field: Field, value: unknown): void {
  // The time is nearly always that of now.
  if (field === 'time' && value === text) return;
  const fault =
    fieldFault(field, value) ?? lengthFault(value, NAMES.has(field) ? LONGEST_NAME : LONGEST_TEXT);
  if (fault !== undefined)
    throw unsendable(`The message ${String(type)}`, ATTRIBUTES[field], fault);
}

function lengthFault(value: unknown, longest: number): string | undefined {
  if (typeof value !== 'string' || value.length <= longest) return undefined;
  return `has ${value.length} characters, of which ${longest} are allowed`;
}

function extensionsText(what: string, extensions: NonNullable<Envelope['extensions']>): string {
  const names = Object.keys(extensions);
  if (names.length > MOST_EXTENSIONS) {
    throw new CarillonError(
      'CAR5037',
      `${what} has ${names.length} attributes of its own, of which ${MOST_EXTENSIONS} are allowed. Send them as data.`,
    );
  }
  let members = '';
  for (const name of names) {
    const value = extensions[name] as AttributeValue;
    const fault = extensionFault(name, value) ?? lengthFault(value, LONGEST_TEXT);
    if (fault !== undefined) throw unsendable(what, name, fault);
    members += `,"${name}":${attributeText(value)}`;
  }
  return members;
}

function unsendable(what: string, attribute: string, fault: string): CarillonError {
  return new CarillonError(
    'CAR5037',
    `${what} has the attribute "${attribute}", which ${fault}. Mend it.`,
  );
}

/** Bytes as the whole are what CloudEvents has base64 for. */
function dataText(
  what: string,
  data: unknown,
  limits: JsonLimits,
  prototype: object | undefined,
): string {
  try {
    const depth = depthWithin(limits, 1);
    const plain = plainJson(data, depth, prototype);
    if (plain !== undefined) return `,"data":${plain}`;
    const type = isBytes(data) ? typeOfObject(data)?.name : undefined;
    if (type !== undefined) return bytesText(data as Uint8Array | ArrayBuffer, type);
    const { json, types } = typedJson(data, depth, prototype);
    return json === undefined ? '' : `,"data":${json}${typesText(types)}`;
  } catch (cause) {
    throw cannotTravel(what, cause);
  }
}

function bytesText(data: Uint8Array | ArrayBuffer, type: string): string {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const types = type === 'bytes' ? undefined : JSON.stringify({ '': type });
  return `,"data_base64":"${toBase64(bytes)}"${typesText(types)}`;
}

function typesText(types: string | undefined): string {
  return types === undefined ? '' : `,"${TYPES}":${JSON.stringify(types)}`;
}

/** Whether it is bytes as a whole. */
export function isBytes(data: unknown): data is Uint8Array | ArrayBuffer {
  return data instanceof Uint8Array || data instanceof ArrayBuffer;
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
  const wire = parseUnchecked(typeof message === 'string' ? message : readText(message), limits);
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire))
    throw unreadable('it is not an object');
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
    if (field !== undefined) envelope[field] = field === 'schemaVersion' ? Number(value) : value;
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
  const types = attributes[TYPES];
  if (types !== undefined && types !== null) envelope.data = typedData(envelope.data, types);
  return envelope as unknown as Envelope;
}

function typedData(data: unknown, types: unknown): unknown {
  try {
    return readTyped(data, types as string);
  } catch (cause) {
    const fault = describeThrown(cause);
    throw unreadable(`its attribute "${TYPES}" does not fit its data: ${fault}`, cause);
  }
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
    : 'is not text, an integer or a boolean';
}

function fieldFault(field: Field, value: unknown): string | undefined {
  if (field === 'schemaVersion') {
    // A hop by HTTP in the binary mode makes a text of it.
    const version = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return Number.isInteger(version) && (version as number) >= 1
      ? undefined
      : 'is not a whole number of 1 or more';
  }
  if (typeof value !== 'string' || value === '') return 'is not text';
  if (field === 'time') return TIME.test(value) ? undefined : 'is not a time of RFC 3339';
  if (field === 'kind')
    return value === 'class' || value === 'token' || value === 'topic' ? undefined : 'is unknown';
  return undefined;
}

function binaryData(base64: unknown, contentType: unknown, limits: JsonLimits): unknown {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(base64 as string);
  } catch (cause) {
    throw unreadable('its data_base64 is not base64', cause);
  }
  const isJson = typeof contentType === 'string' && JSON_TYPE.test(contentType);
  return isJson ? parseJson(readText(bytes), limits) : bytes;
}

function readText(bytes: Uint8Array): string {
  try {
    return bytesToText(bytes);
  } catch (cause) {
    throw unreadable('it is not UTF-8', cause);
  }
}

function unreadable(fault: string, cause?: unknown): CarillonError {
  return new CarillonError(
    'CAR5033',
    `A message is not a CloudEvent 1.0 in JSON: ${fault}. Find out which program sent it.`,
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
