/** The parts of an AsyncAPI 3.1 document that are written here. Plain JSON. */

/** A JSON Schema, as AsyncAPI takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A pointer to another part of the document. */
export interface Reference {
  readonly $ref: string;
}

/** What the document says of the program. */
export interface AsyncApiInfo {
  readonly title: string;
  /** Of the program's interface. */
  readonly version: string;
  readonly description?: string;
  readonly [field: string]: unknown;
}

/** A queue, or an event on the bus. */
export interface AsyncApiChannel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, Reference>>;
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>;
}

/** That the program sends to a channel, or receives from it. */
export interface AsyncApiOperation {
  readonly action: 'send' | 'receive';
  readonly title: string;
  readonly channel: Reference;
  readonly messages: readonly Reference[];
}

/** One kind of message: a CloudEvent, with the schema of its data. */
export interface AsyncApiMessage {
  readonly name: string;
  readonly title: string;
  readonly contentType: 'application/cloudevents+json';
  readonly payload: JsonSchema;
}

/** What {@link asyncApi} gives. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly info: AsyncApiInfo;
  readonly servers?: Readonly<Record<string, unknown>>;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncApiMessage>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

/** A name that may be a key of the document. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join('.').replaceAll(/[^\w.-]+/g, '_');
}
