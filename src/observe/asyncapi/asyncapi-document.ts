/** The parts of an AsyncAPI 3.1 document that are written here. Plain JSON. */

/** A JSON Schema, as AsyncAPI takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A pointer to another part of the document. */
export interface Reference {
  /** A JSON pointer: `'#/components/messages/…'`. */
  readonly $ref: string;
}

/** What the document says of the program. */
export interface AsyncApiInfo {
  /** The program's name. */
  readonly title: string;
  /** Of the program's interface. */
  readonly version: string;
  /** Markdown. Default none. */
  readonly description?: string;
  readonly [field: string]: unknown;
}

/** A queue, or an event on the bus. */
export interface AsyncApiChannel {
  /** The name of the queue, or of the event on the bus. */
  readonly address: string;
  /** A name for people. */
  readonly title: string;
  /** Whether it is a queue or an event, and what goes through it. */
  readonly description: string;
  /** The messages that go through it, by their keys. */
  readonly messages: Readonly<Record<string, Reference>>;
  /** The wildcards of a pattern. Default none. */
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>;
}

/** That the program sends to a channel, or receives from it. */
export interface AsyncApiOperation {
  /** Whether the program sends or receives. */
  readonly action: 'send' | 'receive';
  /** The method: `Class.method`. */
  readonly title: string;
  /** Where it goes, or comes from. */
  readonly channel: Reference;
  /** Which of the channel's messages. */
  readonly messages: readonly Reference[];
}

/** One kind of message: a CloudEvent, with the schema of its data. */
export interface AsyncApiMessage {
  /** The event's name where it travels: the CloudEvents `type`. */
  readonly name: string;
  /** A name for people. */
  readonly title: string;
  /** CloudEvents 1.0 in the structured JSON format. */
  readonly contentType: 'application/cloudevents+json';
  /** The schema of the whole CloudEvent, with that of its data. */
  readonly payload: JsonSchema;
}

/** What {@link asyncApi} gives. */
export interface AsyncApiDocument {
  /** The version of the specification. */
  readonly asyncapi: '3.1.0';
  /** What {@link AsyncApiOptions.info} says. */
  readonly info: AsyncApiInfo;
  /** What {@link AsyncApiOptions.servers} says. Default none. */
  readonly servers?: Readonly<Record<string, unknown>>;
  /** Each queue, and each event on the bus, by its key. */
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  /** What each method sends or receives, by its key. */
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
  /** The messages and schemas to which the rest of the document refers. */
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncApiMessage>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

/** A name that may be a key of the document. */
export function keyOf(...parts: readonly string[]): string {
  return parts.join('.').replaceAll(/[^\w.-]+/g, '_');
}
