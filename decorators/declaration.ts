/** What the decorators leave on a class: lists of handler declarations under one symbol, of its prototype or of its methods. */
import { CarillonError } from './carillon-error.js';
import { isName, refuseFault, type Shape, shownOption } from './check-options.js';
import { type DeclarationPlace, declaredAt } from './declared-at.js';
import { type EventKey, type EventKeys, eventName, isEventToken, shownValue } from './event-key.js';
import { type HandlerPlace, placeOf, refuseBare } from './handler-place.js';
import { faultOf } from './option-subject.js';
import { isPattern, topicFault } from './topic-name.js';
import { type DeclaredOptions, type Subjects, sameOptions, type Verb } from './verb-options.js';

/** One decorator on one method. */
export interface HandlerDeclaration {
  /** The decorator. */
  readonly verb: Verb;
  /** What it listens to. */
  readonly event: EventKey;
  /** The name of the decorated method. */
  readonly method: string | symbol;
  /** The options of the decorator. */
  readonly options: DeclaredOptions;
  /** Where the decorator stands; `undefined` where nobody has asked for it. */
  readonly declaredAt?: DeclarationPlace | undefined;
}

/** The queue of whoever names none. */
export const DEFAULT_QUEUE = 'default';

/** Checked by its own code: it is a name. */
const QUEUE: Shape = { queue: () => undefined };

/** `Symbol.for`, so that two copies of the package in one program read each other's declarations. */
const DECLARATIONS = Symbol.for('carillon.declarations');

/** A property of the global object once a standard decorator, of whichever copy of the package, has written on a method. */
const ON_METHODS = Symbol.for('carillon.declarations.on-methods');

const NONE: readonly HandlerDeclaration[] = [];

/**
 * What a class's own prototype declares, without its bases: in the order of its text, but methods named by a symbol after the others
 * where the decorators are standard ones.
 */
export function ownDeclarations(prototype: object): readonly HandlerDeclaration[] {
  let found = declarationsOn(prototype);
  if (!(ON_METHODS in globalThis)) return found;
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === 'constructor') continue;
    const method = Object.getOwnPropertyDescriptor(prototype, key)?.value;
    if (typeof method !== 'function' || !Object.hasOwn(method, DECLARATIONS)) continue;
    const own = declarationsOn(method).filter((declaration) => declaration.method === key);
    found = [...found, ...own];
  }
  return found;
}

/** Whether a class or its bases may have declarations: a container asks thousands of classes, of which nearly all have none. */
export function mayDeclare(prototype: object): boolean {
  return DECLARATIONS in prototype || ON_METHODS in globalThis;
}

/**
 * Makes a decorator, legacy and standard, that checks what it was given and writes it on the class.
 *
 * @param subjects what it takes
 * @throws CarillonError `CAR1010` where the decorator was written without parentheses
 */
export function declare(
  verb: Verb,
  events: EventKeys,
  options: DeclaredOptions,
  subjects: Subjects,
): (target: unknown, key: unknown, descriptor?: unknown) => void {
  refuseBare(verb, events, options);
  const where = declaredAt(verb);
  return (target, key, descriptor) => {
    const place = placeOf(verb, target, key, descriptor);
    const { method, holder, text } = place;
    const list: readonly EventKey[] = Array.isArray(events) ? events : [events as EventKey];
    checkEvents(verb, text, list);
    refuseFault(
      'CAR1007',
      text,
      faultOf(subjects, options, verb === 'Deferred' ? QUEUE : undefined),
    );
    checkQueue(text, options);
    if (declarationsOn(holder).length === 0) keepReachable(place);
    for (const event of list)
      addDeclaration(holder, { verb, event, method, options, declaredAt: where }, text, subjects);
  };
}

/** @throws CarillonError `CAR1004`, `CAR1005` for an event that no handler can have, `CAR1009` for an invalid list */
export function checkEvents(
  verb: Verb | 'Emits',
  place: string,
  events: readonly EventKey[],
): void {
  for (const event of events) checkEvent(verb, place, event);
  checkList(place, events);
}

/** @throws CarillonError `CAR1004`, `CAR1005` for an event that no handler can have */
export function checkEvent(verb: Verb | 'Emits', place: string, event: unknown): void {
  if (isEventToken(event) || typeof event === 'function') return;
  if (typeof event !== 'string') {
    const shown =
      event === undefined
        ? 'undefined (a circular import leaves a class undefined)'
        : shownValue(event);
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

function checkList(place: string, events: readonly EventKey[]): void {
  const twice = events.find((event, index) => events.indexOf(event) !== index);
  if (events.length > 0 && twice === undefined) return;
  const fault = twice === undefined ? 'is empty' : `names ${eventName(twice)} twice`;
  throw new CarillonError(
    'CAR1009',
    `${place} has a list of events that ${fault}. Name each event once.`,
  );
}

function checkQueue(place: string, { queue }: DeclaredOptions): void {
  if (queue !== undefined && !isName(queue)) {
    throw new CarillonError(
      'CAR1005',
      `${place} has the queue name ${shownOption(queue)}. Give text of 1 to 255 characters.`,
    );
  }
}

/** A decorator further out may have put another function in the method's place: the first instance shows it. */
function keepReachable({ method, holder, text, onInstance }: HandlerPlace): void {
  let isKept = false;
  onInstance?.((instance) => {
    if (isKept) return;
    const [first] = declarationsOn(holder);
    for (
      let step = Object.getPrototypeOf(instance);
      step !== null && !isKept;
      step = Object.getPrototypeOf(step)
    ) {
      isKept = ownDeclarations(step).includes(first as HandlerDeclaration);
    }
    if (isKept) return;
    throw new CarillonError(
      'CAR1008',
      `${text} is lost: a decorator above it replaced ${String(method)}. Write @On and its like above the others.`,
    );
  });
}

function addDeclaration(
  holder: object,
  declaration: HandlerDeclaration,
  place: string,
  subjects: Subjects,
): void {
  const own = declarationsOn(holder);
  const twin = own.find((other) => sameHandler(other, declaration));
  if (twin !== undefined) {
    if (sameOptions(subjects, twin.options, declaration.options)) return;
    throw new CarillonError(
      'CAR1006',
      `${place} is declared twice for ${eventName(declaration.event)} with different options. Keep one of the two.`,
    );
  }
  if (typeof holder === 'function') Reflect.set(globalThis, ON_METHODS, true);
  Object.defineProperty(holder, DECLARATIONS, { value: [...own, declaration], configurable: true });
}

function declarationsOn(holder: object): readonly HandlerDeclaration[] {
  return Object.hasOwn(holder, DECLARATIONS) ? Reflect.get(holder, DECLARATIONS) : NONE;
}

function sameHandler(a: HandlerDeclaration, b: HandlerDeclaration): boolean {
  return (
    a.verb === b.verb && a.event === b.event && a.method === b.method && queueOf(a) === queueOf(b)
  );
}

/** The queue that a declaration listens to, if it is one of `@Deferred`. */
export function queueOf({ verb, options }: HandlerDeclaration): string | undefined {
  return verb === 'Deferred' ? (options.queue ?? DEFAULT_QUEUE) : undefined;
}
