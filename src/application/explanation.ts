/** What `explain` returns for a class: where it is bound, and whether each of its handlers is wired, why, and until when. */

/** One way in which a class is bound. */
export interface ExplainedBinding {
  /** What it is resolved by. */
  readonly service: string;
  /** Its lifetime, in the container's own word: `Singleton`. */
  readonly scope: string;
  /** The scope of the container that has the binding. */
  readonly owner: string;
  /** Whether a singleton has been built. */
  readonly built: boolean;
}

/** The handler of one instance. */
export interface WiredHandler {
  /** The emitter, the bus or the queue that it listens to. */
  readonly source: string;
  /** The scope that owns it. */
  readonly owner: string;
  /** Why that scope owns it. */
  readonly because: string;
  /** What ends it. */
  readonly endedBy: string;
}

/** One handler that the class declares. */
export interface ExplainedHandler {
  /** The name of the decorated method. */
  readonly method: string;
  /** The decorator, as it is written. */
  readonly decorator: string;
  /** One for each instance that is alive. */
  readonly wired: readonly WiredHandler[];
  /** Why nothing is wired, and what to do; `undefined` where something is. */
  readonly notWired: string | undefined;
}

/** What `explain` returns; as a string it is a text to read. */
export class Explanation {
  constructor(
    /** The class that was asked about. */
    readonly className: string,
    /** The scope of the container that was asked. */
    readonly scope: string,
    /** Each way in which it is bound; empty where it is not. */
    readonly bindings: readonly ExplainedBinding[],
    /** Each handler that it declares, those of its base classes included. */
    readonly handlers: readonly ExplainedHandler[],
  ) {}

  /** A text of several lines. */
  toString(): string {
    const bound = this.bindings.map(describeBinding);
    const handlers = this.handlers.flatMap(({ method, decorator, wired, notWired }) => [
      `  ${decorator} ${method}`,
      ...wired.map(
        ({ source, owner, because, endedBy }) =>
          `    hears ${source}; owned by "${owner}": ${because}; ended by ${endedBy}`,
      ),
      ...(notWired === undefined ? [] : [`    not wired: ${notWired}`]),
    ]);
    return [`${this.className}, asked in scope "${this.scope}"`, ...bound, ...handlers].join('\n');
  }
}

function describeBinding({ service, scope, owner, built }: ExplainedBinding): string {
  const state = built ? ', built' : ', not built';
  return `  bound as ${service} in "${owner}", ${scope.toLowerCase()}${scope === 'Singleton' ? state : ''}`;
}
