/** A platform without `Symbol.dispose` and `Symbol.asyncDispose`, such as a test in Jest 29 is. */
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { PROJECT } from '../support/program.js';

const PROGRAM = `
  import 'reflect-metadata';
  import { createScope, sleep, spawn } from 'carillon';
  import { events, openScope, scopeOf } from 'carillon/inversify';
  import { recordEvents } from 'carillon/testing';
  import { Container } from 'inversify';

  globalThis.run = async (DISPOSE, ASYNC_DISPOSE) => {
    const container = new Container();
    container.register(events());
    const request = openScope(container, { name: 'request' });
    const scope = createScope({ name: 'alone' });
    const task = spawn(scopeOf(container), function* () { yield sleep(1000); });
    const record = recordEvents(container);
    const unsubscribe = scope.emitter.on('rang', () => undefined);
    const iterator = scope.emitter.iterate('rang');
    const lease = scope.lease('a test');
    const endable = { container, request, scope, task, record, unsubscribe, lease };
    const later = { container, request, scope, iterator };
    const lacking = [
      ...Object.keys(endable).filter((name) => typeof endable[name][DISPOSE] !== 'function'),
      ...Object.keys(later).filter((name) => typeof later[name][ASYNC_DISPOSE] !== 'function'),
    ];

    task[DISPOSE]();
    record[DISPOSE]();
    unsubscribe[DISPOSE]();
    await iterator[ASYNC_DISPOSE]();
    const listeners = scope.emitter.listenerCount('rang');
    lease[DISPOSE]();
    request[DISPOSE]();
    await container[ASYNC_DISPOSE]();
    await scope[ASYNC_DISPOSE]();
    const named = [container, request, scope].filter((owner) => 'undefined' in owner).length;
    const { state } = scope;
    return { known: [Symbol.dispose, Symbol.asyncDispose], lacking, listeners, named, task: task.state, state };
  };
`;

type Run = (dispose: symbol, asyncDispose: symbol) => Promise<object>;

/** The program, in a world of its own in which all is as here, but for the symbols. */
async function start(inversify: string): Promise<Run> {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: PROJECT },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    alias: { inversify },
    ignoreAnnotations: true,
  });
  const { performance, setTimeout, clearTimeout, console, AbortController, crypto } = globalThis;
  const world = createContext({
    performance,
    setTimeout,
    clearTimeout,
    console,
    AbortController,
    crypto,
  });
  const get =
    '(symbol, name) => (/^(dispose|asyncDispose)$/.test(String(name)) ? undefined : symbol[name])';
  runInContext(`globalThis.Symbol = new Proxy(Symbol, { get: ${get} });`, world);
  runInContext(outputFiles[0]?.text ?? '', world);
  return world['run'] as Run;
}

describe('without symbols of its own for disposal, a platform', () => {
  it.each(['inversify', 'inversify-7'])('has stand-ins for them, beside %s', async (inversify) => {
    const run = await start(inversify);

    const seen = await run(Symbol.for('Symbol.dispose'), Symbol.for('Symbol.asyncDispose'));

    expect(JSON.parse(JSON.stringify(seen))).toEqual({
      known: [null, null],
      lacking: [],
      listeners: 0,
      named: 0,
      task: 'cancelled',
      state: 'ended',
    });
  });
});
