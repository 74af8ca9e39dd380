/** The arguments of an event with several of them, which travel as one payload. */
export class ListenerArguments extends Array<unknown> {}

export function payloadOf(values: readonly unknown[]): unknown {
  return values.length > 1 ? ListenerArguments.from(values) : values[0];
}

export function argumentsOf(payload: unknown): readonly unknown[] {
  return payload instanceof ListenerArguments ? payload : [payload];
}
