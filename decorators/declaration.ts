/** What the decorators leave on a class: a list of handler declarations under one symbol of its prototype. */
import { CarillonError } from './carillon-error.js';
import { type EventKey, EventToken } from './event-key.js';
import { eventName, shownValue } from './event-name.js';
import { isPattern, topicFault } from './topic-name.js';
import { type DeclaredOptions, optionsFault, sameOptions, type Verb } from './verb-options.js';

/** One decorator on one method. */
export interface HandlerDeclaration {
  readonly verb: Verb;
  readonly event: EventKey;
  readonly method: string | symbol;
  readonly options: DeclaredOptions;
}

/** The queue of whoever names none. */
export const DEFAULT_QUEUE = 'default';

/** `Symbol.for`, so that two copies of the package in one program read each other's declarations. */
const DECLARATIONS = Symbol.for('carillon.declarations');

/** What a class's own prototype declares, without its bases. */
export function ownDeclarations(prototype: object): readonly HandlerDeclaration[] {
  return Object.hasOwn(prototype, DECLARATIONS) ? Reflect.get(prototype, DECLARATIONS) : [];
}

/** Checks what a decorator was given and writes it on the class. */
export function declare(
  verb: Verb,
  event: EventKey,
  options: DeclaredOptions,
  target: unknown,
  key: unknown,
  descriptor: unknown,
): void {
  if (typeof key === 'object' && key !== null) throw standardDecorator(verb, key as { private?: boolean; name?: unknown });
  const method = key as string | symbol;
  const place = `@${verb} on ${placeName(target, method)}`;
  if (typeof target === 'function') {
    throw new CarillonError(
      'CAR1001',
      `${place} decorates a static method. Only instances are wired: make it an instance method.`,
    );
  }
  if (typeof (descriptor as PropertyDescriptor | undefined)?.value !== 'function') {
    throw new CarillonError('CAR1002', `${place} decorates a field or an accessor. Decorate a method.`);
  }
  checkHandler(verb, place, event, options);
  addDeclaration(target as object, { verb, event, method, options }, place);
}

/** @throws CarillonError `CAR1004`, `CAR1005`, `CAR1007` for an event or options that no handler can have */
export function checkHandler(verb: Verb, place: string, event: EventKey, options: DeclaredOptions): void {
  checkEvent(verb, place, event);
  checkOptions(place, options);
}

function standardDecorator(verb: Verb, context: { private?: boolean; name?: unknown }): CarillonError {
  const name = String(context.name);
  return context.private === true
    ? new CarillonError(
        'CAR1003',
        `@${verb} on ${name} decorates a private method. Nothing outside the class can call it: drop the #.`,
      )
    : new CarillonError('CAR1008', `@${verb} on ${name} was called as a standard decorator. Set "experimentalDecorators": true.`);
}

function placeName(target: unknown, method: string | symbol): string {
  const owner = typeof target === 'function' ? target : (target as object).constructor;
  return `${owner.name || '(anonymous class)'}.${String(method)}`;
}

function checkEvent(verb: Verb, place: string, event: unknown): void {
  if (event instanceof EventToken || typeof event === 'function') return;
  if (typeof event !== 'string') {
    const shown = event === undefined ? 'undefined (a circular import leaves a class undefined)' : shownValue(event);
    throw new CarillonError(
      'CAR1004',
      `${place} names no event: ${shown}. Give an event class, a token from defineEvent, or a topic.`,
    );
  }
  const fault = topicFault(event);
  if (fault !== undefined) {
    throw new CarillonError(
      'CAR1005',
      `${place} has the topic ${JSON.stringify(event)}: ${fault}. Give a topic such as 'order.placed'.`,
    );
  }
  if (isPattern(event) && verb === 'Deferred') {
    throw new CarillonError(
      'CAR1005',
      `${place} has the pattern ${JSON.stringify(event)}. A queue has no wildcards: name one topic.`,
    );
  }
}

function checkOptions(place: string, options: DeclaredOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new CarillonError(
      'CAR1007',
      `${place} has options that are no object: ${shownValue(options)}. Give an object, or leave them out.`,
    );
  }
  const fault = optionsFault(options);
  if (fault !== undefined) throw new CarillonError('CAR1007', `${place} ${fault}`);
  const { queue } = options;
  if (queue !== undefined && (typeof queue !== 'string' || queue.trim() === '')) {
    throw new CarillonError('CAR1005', `${place} has the queue name ${JSON.stringify(queue)}. Give a name that is not empty.`);
  }
}

function addDeclaration(prototype: object, declaration: HandlerDeclaration, place: string): void {
  const own = ownDeclarations(prototype);
  const twin = own.find((other) => sameHandler(other, declaration));
  if (twin !== undefined) {
    if (sameOptions(twin.options, declaration.options)) return;
    throw new CarillonError(
      'CAR1006',
      `${place} is declared twice for ${eventName(declaration.event)} with different options. Keep one of the two.`,
    );
  }
  Object.defineProperty(prototype, DECLARATIONS, { value: [...own, declaration], configurable: true });
}

function sameHandler(a: HandlerDeclaration, b: HandlerDeclaration): boolean {
  return a.verb === b.verb && a.event === b.event && a.method === b.method && queueOf(a) === queueOf(b);
}

/** The queue that a declaration listens to, if it is one of `@Deferred`. */
export function queueOf({ verb, options }: HandlerDeclaration): string | undefined {
  return verb === 'Deferred' ? (options.queue ?? DEFAULT_QUEUE) : undefined;
}
