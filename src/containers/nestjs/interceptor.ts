/** Holds the scope of a request while its handler runs, and ends that of a message. */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, type Observable } from 'rxjs';
import type { LiveScope } from '../../http/live-scopes.js';
import { hiddenField } from '../../scope/hidden-field.js';
import type { Contexts } from './contexts.js';

/** A scope that a call may belong to. */
type Live = LiveScope<object>;

/** Nest's `APP_INTERCEPTOR` of every application. */
export class ScopeInterceptor implements NestInterceptor {
  readonly #contexts: Contexts;
  /** How many handlers of a message are running. */
  readonly #calls = hiddenField<number>();

  constructor(contexts: Contexts) {
    this.#contexts = contexts;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const kind = context.getType<string>();
    const live = this.#contexts.ofCall(kind, subjectOf(kind, context));
    // Its client may have left already.
    if (live === undefined || live.scope.state !== 'open') return next.handle();
    const lease = live.scope.lease('handler');
    const left = kind === 'rpc' ? this.#entered(live) : () => undefined;
    return live
      .enter(() => next.handle())
      .pipe(
        finalize(() => {
          lease.release();
          left();
        }),
      );
  }

  /** A message may have several handlers: its scope ends with the last. */
  #entered(live: Live): () => void {
    this.#calls.set(live, (this.#calls.of(live) ?? 0) + 1);
    return () => {
      const others = (this.#calls.of(live) ?? 1) - 1;
      this.#calls.set(live, others);
      if (others === 0) live.close();
    };
  }
}

/** What the scope of the call is found by. A transport of the program's own may give a message no context. */
function subjectOf(kind: string, context: ExecutionContext): object {
  const subject = givenSubject(kind, context);
  return typeof subject === 'object' && subject !== null ? subject : context;
}

function givenSubject(kind: string, context: ExecutionContext): unknown {
  if (kind === 'rpc') return context.switchToRpc().getContext<unknown>();
  if (kind === 'ws') return context.switchToWs().getClient<unknown>();
  if (kind === 'http') return context.switchToHttp().getRequest<unknown>();
  // A resolver of GraphQL: its third argument is the context, with the request.
  return context.getArgs<unknown[]>()[2];
}
