/** The JSON Schemas of payloads, collected as components of a document. */
import type { EventClass, EventKey } from '../../../decorators/event-key.js';
import type { TopologyEvent } from '../topology.js';
import { type JsonSchema, keyOf, type Reference } from './asyncapi-document.js';

/** The schema of one class. Its references to other classes point to `#/components/schemas/` and their names, which are in `others`. */
export interface ClassSchema {
  /** That of the class. */
  readonly schema: JsonSchema;
  /** Those of the classes that it refers to, by their names. */
  readonly others: Readonly<Record<string, JsonSchema>>;
}

/** Makes the schema of a class; `undefined` for one that it knows nothing of. */
export type ClassSchemas = (type: EventClass) => ClassSchema | undefined;

/** The envelope of each message: CloudEvents 1.0 in JSON. */
const CLOUD_EVENT: JsonSchema = {
  type: 'object',
  description: 'A CloudEvent 1.0 in the structured JSON format.',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string' },
    source: { type: 'string', format: 'uri-reference' },
    type: { type: 'string' },
    time: { type: 'string', format: 'date-time' },
    schemaversion: { type: 'integer', minimum: 1 },
    correlationid: { type: 'string' },
    causationid: { type: 'string' },
    traceparent: { type: 'string' },
    tracestate: { type: 'string' },
    partitionkey: { type: 'string' },
  },
};

export class PayloadSchemas {
  readonly #schemas = new Map<string, JsonSchema>([['CloudEvent', CLOUD_EVENT]]);
  readonly #known = new Map<string, JsonSchema | Reference>();
  readonly #ofClass: ClassSchemas;

  constructor(ofClass: ClassSchemas) {
    this.#ofClass = ofClass;
  }

  /** The envelope with the data of that event. */
  messageOf(event: TopologyEvent, key: EventKey | undefined): JsonSchema {
    return {
      allOf: [
        { $ref: '#/components/schemas/CloudEvent' },
        {
          type: 'object',
          properties: {
            ...(event.type === undefined ? {} : { type: { const: event.type } }),
            data: this.#dataOf(event, key),
          },
        },
      ],
    };
  }

  get components(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #dataOf(event: TopologyEvent, key: EventKey | undefined): JsonSchema | Reference {
    const known = this.#known.get(event.id);
    if (known !== undefined) return known;
    const data = this.#schemaOf(event, key);
    this.#known.set(event.id, data);
    return data;
  }

  #schemaOf({ name, schema, type = name }: TopologyEvent, key: EventKey | undefined) {
    if (schema !== undefined) return this.#add(keyOf(type), schema);
    const found = typeof key === 'function' ? this.#ofClass(key) : undefined;
    // Nothing is known of it: it may be anything.
    if (found === undefined) return {};
    for (const [other, its] of Object.entries(found.others)) this.#add(other, its);
    return this.#add(keyOf(type), found.schema);
  }

  /** Under that name, or, where another schema has it, under one behind it. */
  #add(name: string, schema: JsonSchema): Reference {
    let free = name;
    for (let count = 2; this.#isTaken(free, schema); count += 1) free = `${name}.${count}`;
    this.#schemas.set(free, schema);
    return { $ref: `#/components/schemas/${free}` };
  }

  #isTaken(name: string, schema: JsonSchema): boolean {
    const other = this.#schemas.get(name);
    return other !== undefined && JSON.stringify(other) !== JSON.stringify(schema);
  }
}
