/** Sees at run time which methods send which events: for what no `@Emits` declares. Nothing is looked at until it is asked for. */
import type { EmitsOptions } from '../../decorators/emits.js';
import type { EventKey } from '../../decorators/event-key.js';
import { applicationOf } from '../application/application-of.js';
import { addObserver } from '../dispatch/observer.js';
import type { Runtime } from '../dispatch/runtime.js';
import { type CallSite, callSites } from './call-sites.js';

/** One method that was seen to send an event. */
export interface ObservedEmit {
  /** Empty for a plain function. */
  readonly className: string;
  /** `''` for code at the top of a module, `'(unknown)'` where the stack does not tell: in Bun, and below very many calls. */
  readonly method: string;
  /** The class, the token or the topic. */
  readonly event: EventKey;
  /** `'emit'`, `'publish'` or `'defer'`. */
  readonly by: NonNullable<EmitsOptions['by']>;
}

/** What {@link observeEmits} returns. */
export interface ObservedEmits {
  /** Each method, event and way once, in the order in which they were first seen. */
  list(): readonly ObservedEmit[];
  /** Looks at nothing more; what was seen stays. */
  stop(): void;
}

/**
 * Notes which methods of an application send which events, from now on, for `describe(container, { observed })`. Each emit takes a stack
 * trace meanwhile: for development and tests.
 *
 * @param container a container with events, or an application
 * @throws CarillonError `CAR7053` for a container without events, `CAR2012` for one of another copy of the package
 * @example
 * const observed = observeEmits(container);
 * await runTheTests();
 * console.log(describe(container, { observed }).edges);
 */
export function observeEmits(container: object): ObservedEmits {
  const { runtime } = applicationOf(container).scope;
  const seen: ObservedEmit[] = [];
  const stop = addObserver(runtime, {
    called: () => undefined,
    unheard: () => undefined,
    sent: (by, event) => {
      const { className, method } = callerOf(runtime);
      const isKnown = seen.some(
        (emit) =>
          emit.event === event &&
          emit.by === by &&
          emit.className === className &&
          emit.method === method,
      );
      if (!isKnown) seen.push({ className, method, event, by });
    },
  });
  return { list: () => [...seen], stop };
}

type Caller = Pick<ObservedEmit, 'className' | 'method'>;

/** The classes by which a program sends. */
const SENDING = new Set(['Events', 'ScopedEmitter', 'EventBus', 'EventQueue']);

/** The method whose code has sent; the handler that is running where that code belongs to no class. */
function callerOf(runtime: Runtime): Caller {
  const caller = callerOnStack();
  if (caller.className !== '') return caller;
  for (const { handler } of runtime.context.current()?.runs() ?? []) {
    const { className, method } = handler.plan;
    return { className, method: String(method) };
  }
  return caller;
}

/** Bun's stack has no classes, and one that is too deep does not show the class that sends. */
function callerOnStack(): Caller {
  const sites = callSites();
  const first = sites.findIndex(({ className }) => SENDING.has(className));
  if (first === -1) return { className: '', method: '(unknown)' };
  const [caller, ...above] = sites.slice(first + 1).filter(isOfProgram);
  if (caller === undefined) return { className: '', method: '' };
  // An arrow function belongs to the method around it, which has called it in the same file.
  const around = [caller, ...above.slice(0, firstOther(above, caller))];
  const { className, method } = around.find((site) => site.className !== '') ?? caller;
  return { className, method };
}

function isOfProgram({ className, file }: CallSite): boolean {
  return !SENDING.has(className) && file !== undefined;
}

function firstOther(sites: readonly CallSite[], { file }: CallSite): number {
  const first = sites.findIndex((site) => site.file !== file);
  return first === -1 ? sites.length : first;
}
