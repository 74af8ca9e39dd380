/** Fires the load at the server, looks at it when it is full and when it has stopped, and judges what it found. */
import type { CarillonError } from 'carillon';
import { type Census, census, events, start, stop } from 'carillon/inversify';
import { Container } from 'inversify';
import { AccessLog } from './access-log.js';
import { AccessPhase } from './access-phase.js';
import { Callers } from './callers.js';
import { ContentPhase } from './content-phase.js';
import { Crowd } from './crowd.js';
import { type Answers, fire, type Load } from './load.js';
import { LogPhase } from './log-phase.js';
import { Pages } from './pages.js';
import { ResponseHead } from './response-head.js';
import { listen } from './server.js';

/** What a run has found. */
export interface Findings {
  readonly load: Load;
  readonly answers: Answers;
  /** The application's own log. */
  readonly log: AccessLog;
  /** What was alive before the first request, when the server was full, when all requests had ended, and after the stop. */
  readonly alive: Readonly<Record<'idle' | 'full' | 'quiet' | 'stopped', Census>>;
  /** Pages that were read, those included that changed while they were written. */
  readonly reads: number;
  readonly faults: readonly string[];
}

export async function rehearse(load: Load): Promise<Findings> {
  const problems: CarillonError[] = [];
  const crowd = new Crowd(load.connections);
  const container = createContainer(crowd, problems);
  await start(container);
  const idle = census(container);
  const server = await listen(container);

  const firing = fire(server.url, load);
  // Whoever cannot come, because its connection failed, is not waited for.
  await Promise.race([crowd.complete, firing]);
  const full = census(container);
  await container.get(Pages).change();
  crowd.letThrough();
  const answers = await firing;

  await server.close();
  const quiet = census(container);
  const log = container.get(AccessLog);
  const { reads } = container.get(Pages);
  await stop(container);
  const findings = {
    load,
    answers,
    log,
    alive: { idle, full, quiet, stopped: census(container) },
    reads,
  };
  return {
    ...findings,
    faults: [...faultsOf(findings), ...[...problems, ...server.failed].map(String)],
  };
}

/** The container of the server, with nothing built. */
export function createContainer(crowd: Crowd, problems: CarillonError[]): Container {
  const container = new Container();
  container.register(events({ name: 'phases', onError: (error) => problems.push(error) }));
  container.bind(Crowd).toConstantValue(crowd);
  for (const service of [AccessLog, Callers, Pages])
    container.bind<object>(service).to(service).inSingletonScope();
  for (const phase of [ResponseHead, AccessPhase, ContentPhase, LogPhase]) {
    container.bind<object>(phase).to(phase).inTransientScope();
  }
  return container;
}

function faultsOf({ load, answers, log, alive, reads }: Omit<Findings, 'faults'>): string[] {
  const { idle, full, quiet, stopped } = alive;
  const sum = [...answers.statuses.values()].reduce((total, count) => total + count, 0);
  const accepted = answers.statuses.get(200) ?? 0;
  return [
    fault(`${answers.errors} connections failed`, answers.errors > 0),
    fault(`${sum} of ${load.requests} requests were answered`, sum !== load.requests),
    ...[200, 401, 429].map((status) =>
      fault(
        `${log.answers(status)} times ${status} stand in the log, ${answers.statuses.get(status) ?? 0} were answered`,
        log.answers(status) !== (answers.statuses.get(status) ?? 0),
      ),
    ),
    fault(
      `${full.scopes} scopes were open at once`,
      full.scopes !== idle.scopes + load.connections,
    ),
    // Each request under way has the head's three handlers and the subscriber of its content.
    fault(
      `${full.handlers} handlers were wired at once`,
      full.handlers !== idle.handlers + 4 * load.connections,
    ),
    fault(`${reads} pages were read`, reads !== accepted + load.connections),
    ...left('after the last request', quiet, idle),
    ...left('after the stop', stopped, {
      scopes: 0,
      handlers: 0,
      inFlight: 0,
      timers: 0,
      queued: 0,
    }),
  ].filter((text) => text !== undefined);
}

function fault(text: string, isFault: boolean): string | undefined {
  return isFault ? text : undefined;
}

function left(when: string, found: Census, expected: Census): string[] {
  return (Object.keys(expected) as (keyof Census)[])
    .filter((what) => found[what] !== expected[what])
    .map((what) => `${found[what]} ${what} ${when} instead of ${expected[what]}`);
}
