/** A container alone: a child of it for each request, which the context carries and the end of the response ends, as a program would do it by hand. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { answerOf, ItemAdded } from '../services.mjs';

/** @import { Basket, Log } from '../services.mjs' */

/**
 * @template {object} Child
 * @param {() => Child} open
 * @param {(child: Child) => [Basket, Log]} build
 * @param {(child: Child) => unknown} close
 */
export function alone(open, build, close) {
  /** @type {AsyncLocalStorage<Child>} */
  const storage = new AsyncLocalStorage();
  let count = 0;

  /**
   * @param {import('node:http').ServerResponse} response
   * @param {() => void} next
   */
  const begin = (response, next) => {
    const child = open();
    count += 1;
    response.once('close', () => {
      count -= 1;
      close(child);
    });
    storage.run(child, next);
  };

  const scopes = {
    express: () => (_request, response, next) => begin(response, next),
    fastify: () =>
      Object.assign(
        (instance, _options, done) => {
          instance.addHook('onRequest', (_request, reply, next) => begin(reply.raw, next));
          done();
        },
        { [Symbol.for('skip-override')]: true },
      ),
    handler: (handle) => (request, response) => handle(scopes.current, request, response),
    settled: () => undefined,
    get current() {
      return storage.getStore();
    },
    get open() {
      return count;
    },
  };

  /**
   * @param {Child} child
   * @param {string} id
   */
  async function serve(child, id) {
    const [basket, log] = build(child);
    const event = new ItemAdded(id);
    basket.add(event);
    log.note(event);
    return answerOf(basket, log);
  }
  return { scopes, serve };
}
