/** Which events a program hears, and which handlers of it are deferred. Read once for each program. */
import { topicMatches } from '../events/topic-tree.js';
import { type EventRef, eventRefOf } from './event-ref.js';
import { type Decoration, type ProgramCalls, programCalls } from './program-calls.js';
import { typedReading } from './reading.js';
import { type StoredIds, storedIds } from './stored-ids.js';
import {
  constantText,
  isAbstract,
  isFromPackage,
  symbolAt,
  type TypeChecker,
  type TypedNode,
  type TypedProgram,
  type TypedSymbol,
} from './type-info.js';
import { elementsOf, keyOf, namedSymbol, writtenElements } from './typed-syntax.js';

/** How an event is sent. */
export type Way = 'emit' | 'publish' | 'defer';

/** By which decorator it is heard then. */
const WAYS: Readonly<Record<string, Way>> = {
  On: 'emit',
  Once: 'emit',
  Subscribe: 'publish',
  Deferred: 'defer',
};

/** Calls that send or describe: what they are given is not heard by that. */
const NOT_HEARING = new Set([
  'emit',
  'emitAsync',
  'publish',
  'defer',
  'deferAll',
  'settle',
  'Emits',
]);

/** Calls that hear a topic. Of classes and tokens, any call that is given one may. */
export const HEARING: ReadonlySet<string> = new Set([
  'on',
  'once',
  'waitFor',
  'iterate',
  'history',
  'subscribe',
  'when',
  'OnEvent',
]);

/** A `@Deferred` of the program. */
export interface DeferredMethod extends StoredIds {
  readonly decorator: TypedNode;
  readonly method: TypedNode;
  /** `Mailer.send`. */
  readonly text: string;
}

interface Heard {
  readonly event: EventRef;
  readonly way: Way;
}

const known = new WeakMap<TypedProgram, ProgramEvents>();

/** What is known of the events of a program. */
export class ProgramEvents {
  /** Every `@Deferred` whose ids can be read. */
  readonly deferred: readonly DeferredMethod[];
  readonly #checker: TypeChecker;
  readonly #heard: readonly Heard[];
  readonly #topics: readonly string[];
  readonly #renamed: ProgramCalls['renamed'];
  /** By their names. */
  readonly #given = new Map<string, TypedNode[]>();

  constructor(program: TypedProgram) {
    // Made first: it also gives the nodes their parents.
    this.#checker = program.getTypeChecker();
    const { decorations, calls, renamed } = programCalls(program);
    const own = decorations.filter(({ call }) => this.#isOwn(call));
    const foreign = decorations.filter((each) => !own.includes(each)).map(({ call }) => call);
    this.deferred = own.flatMap((each) => this.#deferredBy(each));
    this.#heard = own.flatMap(({ call }) => this.#heardBy(call));
    this.#renamed = renamed;
    this.#topics = [...calls, ...foreign].flatMap((call) => this.#heardTopics(call));
    for (const call of [...calls, ...foreign]) this.#noteGiven(call);
  }

  /** What is known of the program; read when it is first asked for. */
  static of(program: TypedProgram): ProgramEvents {
    const events = known.get(program) ?? new ProgramEvents(program);
    known.set(program, events);
    return events;
  }

  /** The ways in which handlers of the program hear the event; all of them where it is heard by a call. */
  waysOf(event: EventRef): ReadonlySet<Way> {
    if (this.#isGiven(event)) return new Set(['emit', 'publish', 'defer']);
    const hearing = this.#heard.filter(({ event: heard, way }) => this.#hears(heard, event, way));
    return new Set(hearing.map(({ way }) => way));
  }

  #isOwn({ expression: callee }: TypedNode): boolean {
    if (callee === undefined) return false;
    return isFromPackage(namedSymbol(this.#checker, callee), 'carillon');
  }

  /** A decorator's own name: a file may have imported it under another. */
  #nameOf({ expression: callee }: TypedNode): string {
    if (callee === undefined) return '';
    return namedSymbol(this.#checker, callee)?.name ?? '';
  }

  #deferredBy({ decorator, call, target }: Decoration): DeferredMethod[] {
    const method = keyOf(this.#checker, target);
    if (method === undefined || this.#nameOf(call) !== 'Deferred') return [];
    // Its handlers are those of the classes that extend it.
    if (target.parent !== undefined && isAbstract(target.parent)) return [];
    const ids = storedIds(typedReading(this.#checker), call.arguments ?? [], method);
    const text = `${target.parent?.name?.text ?? '(anonymous class)'}.${method}`;
    return ids === undefined ? [] : [{ ...ids, decorator, method: target, text }];
  }

  #heardBy(call: TypedNode): Heard[] {
    const way = WAYS[this.#nameOf(call)];
    const [events] = call.arguments ?? [];
    if (way === undefined || events === undefined) return [];
    return elementsOf(this.#checker, events).flatMap((node) => {
      const event = eventRefOf(this.#checker, node);
      return event === undefined ? [] : [{ event, way }];
    });
  }

  #heardTopics(call: TypedNode): string[] {
    if (!HEARING.has(calleeName(call))) return [];
    return (call.arguments ?? [])
      .flatMap((node) => elementsOf(this.#checker, node))
      .flatMap((node) => constantText(this.#checker, node) ?? []);
  }

  #noteGiven(call: TypedNode): void {
    if (NOT_HEARING.has(calleeName(call))) return;
    const given = (call.arguments ?? []).flatMap(writtenElements);
    for (const node of given) {
      const name = node.name?.text ?? node.text;
      if (name === undefined) continue;
      const nodes = this.#given.get(name) ?? [];
      nodes.push(node);
      this.#given.set(name, nodes);
    }
  }

  /** Whether it is an argument of a call, which may make a handler of it. */
  #isGiven({ symbol, name }: EventRef): boolean {
    if (symbol === undefined) return this.#topics.some((topic) => matches(topic, name));
    return [symbol, ...this.#basesOf(symbol)].some((each) =>
      this.#nodesNamed(each).some((node) => symbolAt(this.#checker, node.name ?? node) === each),
    );
  }

  #nodesNamed({ name }: TypedSymbol): readonly TypedNode[] {
    // A default export has another name in each file.
    if (name === 'default') return [...this.#given.values()].flat();
    const names = [name, ...(this.#renamed.get(name) ?? [])];
    return names.flatMap((each) => this.#given.get(each) ?? []);
  }

  #hears(heard: EventRef, event: EventRef, way: Way): boolean {
    if (heard.symbol === undefined) {
      // On an engine, topics also hear the classes and tokens that travel under such a name.
      if (event.symbol !== undefined && way !== 'publish') return false;
      return matches(heard.name, event.name);
    }
    if (event.symbol === undefined) return false;
    return (
      heard.symbol === event.symbol ||
      this.#basesOf(event.symbol).includes(heard.symbol) ||
      this.#basesOf(heard.symbol).includes(event.symbol)
    );
  }

  /** The classes that it extends. */
  #basesOf(symbol: TypedSymbol): readonly TypedSymbol[] {
    const bases = this.#checker.getDeclaredTypeOfSymbol(symbol).getBaseTypes() ?? [];
    return bases.flatMap(({ symbol: base }) =>
      base === undefined ? [] : [base, ...this.#basesOf(base)],
    );
  }
}

/** The last part of what is called. */
function calleeName({ expression: callee }: TypedNode): string {
  return callee?.name?.text ?? callee?.text ?? '';
}

function matches(pattern: string | undefined, name: string | undefined): boolean {
  return pattern !== undefined && name !== undefined && topicMatches(pattern, name);
}
