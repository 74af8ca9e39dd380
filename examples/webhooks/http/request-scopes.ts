/** Gives each request a container of its own and ends it when nothing needs it any more. */
import type { ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { openScope, type ScopedContainer, scopeOf } from 'carillon/inversify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Container } from 'inversify';

/** A route's handler that works in the request's own container. */
export type ScopedHandler = (
  container: ScopedContainer,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<unknown>;

/** How long a handler may go on after its response was closed, in milliseconds. */
const DRAIN = 10_000;

export class RequestScopes {
  readonly #root: Container;
  readonly #closing = new Set<Promise<void>>();
  readonly #faults: string[] = [];
  #opened = 0;
  #closed = 0;
  #outlived = 0;

  constructor(root: Container) {
    this.#root = root;
  }

  get opened(): number {
    return this.#opened;
  }

  get closed(): number {
    return this.#closed;
  }

  /** How many still had their handler at work when the client had gone. */
  get outlived(): number {
    return this.#outlived;
  }

  /** Clean-ups that failed, and handlers that did not settle within the drain time. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /**
   * Wraps a handler so that it gets a container that is its request's alone.
   *
   * Two things use the container: the response, until it is closed, and the handler, until it has settled. Either may be
   * the last: a client that hangs up closes the response while the handler still works. So the end of the response
   * begins the disposal, and the handler's lease holds it up.
   */
  wrap(handler: ScopedHandler): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
    return async (request, reply) => {
      const container = openScope(this.#root, { name: `delivery ${request.id}`, drain: DRAIN });
      const lease = scopeOf(container).lease('route handler');
      this.#opened += 1;
      this.#closeAfter(reply.raw, container);
      try {
        return await handler(container, request, reply);
      } finally {
        if (reply.raw.destroyed) this.#outlived += 1;
        lease.release();
      }
    };
  }

  /** Resolves when every scope that was opened is closed. */
  async settled(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  #closeAfter(response: ServerResponse, container: ScopedContainer): void {
    const closing = this.#close(response, container).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #close(response: ServerResponse, container: ScopedContainer): Promise<void> {
    await finished(response).catch(() => 'the client has gone');
    try {
      const report = await scopeOf(container).disposeAsync();
      for (const { className, method, scope } of report.abandoned)
        this.#faults.push(`${className}.${method} never settled in ${scope}`);
      if (report.leases > 0)
        this.#faults.push(`the route handler never settled in ${report.scope}`);
      this.#closed += 1;
    } catch (error) {
      this.#faults.push(String(error));
    }
  }
}
