/** Every option of the library is given every odd value: it has a meaning that is stated here, or it is refused at that moment. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  CarillonError,
  createScope,
  Deferred,
  defineEvent,
  Emits,
  type ErrorCode,
  EventBus,
  EventQueue,
  EventType,
  Every,
  fixedStep,
  Listener,
  manualClock,
  On,
  Once,
  realTime,
  Subscribe,
  sleep,
} from 'carillon';
import { cron } from 'carillon/cron';
import { requestScopes } from 'carillon/http';
import { openScope, quiesce, start, stop } from 'carillon/inversify';
import { stopOnSignals } from 'carillon/shutdown';
import { fakeQueue, memoryBus, trackSession, virtualClock } from 'carillon/testing';
import { rootContainer } from '../support/container.js';
import {
  expectedOutcomes,
  MEANINGS,
  type OddName,
  type OptionCase,
  outcomesOf,
} from '../support/odd-values.js';
import { PROJECT } from '../support/program.js';

type Takes = Readonly<Record<string, readonly OddName[]>>;
type Give = (options: object) => unknown;

const {
  callback,
  endlessPositiveTime,
  endlessPositiveWhole,
  endlessTime,
  endlessWhole,
  flag,
  nothing,
  options,
  positiveTime,
  positiveWhole,
  text,
  time,
  timerTime,
} = MEANINGS;

const FINITE: readonly OddName[] = [
  '-1',
  '0',
  '-0',
  '0.5',
  '1',
  '101',
  '2 ** 31',
  '2 ** 53',
  '1e21',
];

/** The options of one place: `'backoff.delay'` is one within another. */
function casesOf(place: string, code: ErrorCode, takes: Takes, give: Give): OptionCase[] {
  return Object.entries(takes).map(([option, names]) => ({
    place,
    option,
    code,
    takes: names,
    give: (value) => give(optionsWith(option, value)),
  }));
}

/** What has to be given beside an option within another. */
const BESIDE: Readonly<Record<string, object>> = {
  backoff: { delay: 1 },
  batch: { size: 2, within: 1 },
  breaker: { failures: 1 },
  dedup: { id: 'a', window: 1 },
  rateLimit: { max: 1, per: 1 },
  throttle: { every: 1 },
};

function optionsWith(option: string, value: unknown): object {
  const [outer, inner] = option.split('.') as [string, string?];
  return { [outer]: inner === undefined ? value : { ...BESIDE[outer], [inner]: value } };
}

function decorating(decorator: (event: string, options: object) => unknown): Give {
  return (given) => {
    class Bell {
      ring() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Bell.prototype, 'ring');
    const decorate = decorator('bell', given) as (...args: readonly unknown[]) => void;
    decorate(Bell.prototype, 'ring', descriptor);
  };
}

const order: Takes = {
  priority: FINITE,
  before: ['class', 'function', '[]'],
  after: ['class', 'function', '[]'],
};
const filter: Takes = { when: callback, exact: flag, replay: flag };
const pacing: Takes = {
  debounce: time,
  throttle: time,
  'throttle.every': time,
  'throttle.leading': flag,
  'throttle.trailing': flag,
  batch: nothing,
  'batch.size': positiveWhole,
  'batch.within': time,
};
const bounds: Takes = {
  concurrency: endlessPositiveWhole,
  limit: endlessWhole,
  whenFull: nothing,
};
const work: Takes = {
  attempts: positiveWhole,
  backoff: time,
  'backoff.delay': time,
  'backoff.factor': ['1', '101', '2 ** 31'],
  'backoff.max': time,
  'backoff.jitter': ['0', '-0', '0.5', '1'],
  retryOn: ['[]', "['2s']"],
  giveUpOn: ['[]', "['2s']"],
  timeout: endlessPositiveTime,
  breaker: nothing,
  'breaker.failures': positiveWhole,
  'breaker.cooldown': time,
};
const messages: Takes = {
  source: text,
  reader: nothing,
  limits: options,
  'limits.size': positiveWhole,
  'limits.depth': positiveWhole,
};
const policy: Takes = { bubbles: flag, sticky: flag, reentrancy: nothing };
const wait: Takes = { signal: nothing, timeout: endlessTime };

const decorators: readonly OptionCase[] = [
  ...casesOf(
    '@On',
    'CAR1007',
    { ...order, ...filter, ...pacing, overlap: nothing },
    decorating(On),
  ),
  ...casesOf('@Once', 'CAR1007', { ...order, ...filter }, decorating(Once)),
  ...casesOf(
    '@Subscribe',
    'CAR1007',
    { ...order, ...filter, ...pacing, ...bounds, group: text },
    decorating(Subscribe),
  ),
  ...casesOf(
    '@Deferred',
    'CAR1007',
    {
      ...order,
      ...filter,
      ...work,
      id: text,
      previousIds: ['[]', "['2s']"],
      idempotent: flag,
      'idempotent.window': positiveTime,
    },
    decorating(Deferred),
  ),
  ...casesOf('@Deferred', 'CAR1005', { queue: text }, decorating(Deferred)),
  ...casesOf(
    '@Every',
    'CAR1007',
    { overlap: nothing },
    decorating((_, given) => Every('1s', given)),
  ),
  ...casesOf('@Every', 'CAR6009', { Every: positiveTimeOrLong() }, (given) =>
    Every((given as { Every: never }).Every),
  ),
  ...casesOf(
    '@Emits',
    'CAR1007',
    { by: nothing },
    decorating((event, given) => Emits(event, given)),
  ),
  ...casesOf('@Listener', 'CAR2007', { activation: nothing }, (given) =>
    Listener(given)(class Bell {}),
  ),
  ...casesOf(
    '@EventType',
    'CAR5030',
    {
      ...policy,
      version: positiveWhole,
      upcast: ['function', 'class', ...options],
      unknown: nothing,
      schema: [...options, 'an object that is a number', 'an object with an unknown key'],
    },
    (given) => EventType({ name: 'bell.rang', ...given })(class Rang {}),
  ),
  ...casesOf('defineEvent', 'CAR1007', policy, (given) => defineEvent('bell.rang', given)),
];

/** Only what is counted and kept is bounded by a hundred years. */
function positiveTimeOrLong(): readonly OddName[] {
  return [...positiveTime, '2 ** 53', '1e21'];
}

const configuration: readonly OptionCase[] = [
  ...casesOf(
    'a queue',
    'CAR7002',
    {
      ...work,
      ...messages,
      concurrency: positiveWhole,
      processing: nothing,
      rateLimit: nothing,
      'rateLimit.max': positiveWhole,
      'rateLimit.per': positiveTime,
      onRetry: nothing,
      inbox: nothing,
      provider: nothing,
      absentHandler: endlessTime,
      limit: endlessPositiveWhole,
      whenFull: nothing,
      deadLetters: endlessPositiveWhole,
    },
    (given) => rootContainer({ queues: { mail: { wire: true, ...given } } }),
  ),
  ...casesOf('a queue', 'CAR7002', { wire: flag }, (given) =>
    rootContainer({ queues: { mail: given } }),
  ),
  ...casesOf('a queue', 'CAR7002', { unknownHandler: endlessTime }, (given) =>
    rootContainer({ queues: { mail: { provider: fakeQueue(), ...given } } }),
  ),
  ...casesOf(
    'a bus',
    'CAR7022',
    {
      ...messages,
      ...bounds,
      acceptWithin: endlessPositiveTime,
      connectWithin: endlessPositiveTime,
    },
    (given) => memoryBus(given),
  ),
  ...casesOf(
    'events',
    'CAR7004',
    {
      depthLimit: positiveWhole,
      pileUpLimit: endlessPositiveWhole,
      clock: nothing,
      context: nothing,
      onError: callback,
      interceptors: ['[]'],
      observer: nothing,
      unheard: nothing,
      bus: nothing,
      lateBinding: flag,
      onOpen: callback,
    },
    rootContainer,
  ),
  ...casesOf('events', 'CAR7002', { queues: options }, rootContainer),
  ...casesOf(
    'events',
    'CAR7003',
    { beforeStart: nothing, 'beforeStart.keep': [...positiveWhole, '2 ** 53', '1e21'] },
    rootContainer,
  ),
  ...casesOf(
    'events',
    'CAR7001',
    { ...scopeTimes(), leaks: nothing, 'leaks.after': positiveTime },
    rootContainer,
  ),
  ...casesOf('createScope', 'CAR7001', scopeTimes(), createScope),
  ...casesOf(
    'createScope',
    'CAR7004',
    { depthLimit: positiveWhole, onError: callback, unheard: nothing },
    createScope,
  ),
  ...casesOf('openScope', 'CAR7001', scopeTimes(), (given) =>
    openScope(rootContainer().container, given),
  ),
  ...casesOf('start', 'CAR7003', { build: nothing, onFailure: nothing }, (given) =>
    start(rootContainer().container, given),
  ),
  ...casesOf('stop', 'CAR7001', { drain: endlessTime, abort: endlessTime }, (given) =>
    stop(rootContainer().container, given),
  ),
  ...casesOf('disposeAsync', 'CAR7001', { drain: endlessTime, abort: endlessTime }, (given) =>
    createScope().disposeAsync(given),
  ),
];

function scopeTimes(): Takes {
  return {
    drain: endlessTime,
    abort: endlessTime,
    record: [...endlessWhole, ...flag],
    name: [...text, "''", "' '", 'a text of 300', 'a text with U+0000'],
  };
}

const Rang = defineEvent<number>('rang');
const emitterOf = () => createScope().emitter;

const calls: readonly OptionCase[] = [
  ...casesOf('emit', 'CAR4009', { ...policy, errors: nothing }, (given) =>
    emitterOf().emit(Rang, 1, given),
  ),
  ...casesOf('emitAsync', 'CAR4009', { ...policy, errors: nothing, strategy: nothing }, (given) =>
    emitterOf().emitAsync(Rang, 1, given),
  ),
  ...casesOf('on', 'CAR1007', { ...order, ...filter }, (given) =>
    emitterOf().on(Rang, () => undefined, given),
  ),
  ...casesOf('subscribe', 'CAR1007', { ...order, ...filter, ...bounds, group: text }, (given) =>
    rootContainer()
      .container.get(EventBus)
      .subscribe(Rang, () => undefined, given),
  ),
  ...casesOf('once', 'CAR4009', wait, (given) => answered(emitterOf().once(Rang, given))),
  ...casesOf('waitFor', 'CAR4009', wait, (given) =>
    answered(emitterOf().waitFor(Rang, Boolean, given)),
  ),
  ...casesOf(
    'iterate',
    'CAR4009',
    { signal: nothing, limit: endlessPositiveWhole, whenFull: nothing },
    (given) => emitterOf().iterate(Rang, given),
  ),
  ...casesOf(
    'defer',
    'CAR5015',
    {
      delay: [...time, '-1'],
      priority: ['-1', '0', '-0', '0.5', '1'],
      orderingKey: text,
      ttl: endlessPositiveTime,
      dedup: text,
      'dedup.window': positiveTime,
      id: text,
    },
    (given) => queueOf().defer(Rang, 1, given),
  ),
  ...casesOf('defer', 'CAR5003', { queue: text }, (given) => queueOf().defer(Rang, 1, given)),
  ...casesOf('reschedule', 'CAR5015', { delay: [...time, '-1'] }, (given) =>
    queueOf().reschedule('none', (given as { delay: never }).delay),
  ),
  ...casesOf(
    'process',
    'CAR7003',
    { max: endlessWhole, maxTime: endlessTime, until: nothing },
    (given) => queueOf().process('default', given),
  ),
  ...casesOf(
    'a filter of dead letters',
    'CAR5015',
    {
      ids: ['[]', "['2s']"],
      event: text,
      handler: text,
      reason: nothing,
      error: text,
      since: ['date'],
      before: ['date'],
      limit: MEANINGS.whole,
    },
    (given) => queueOf().deadLetters().drop(given),
  ),
];

/** What waits for an event has been accepted. */
async function answered(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => setImmediate(resolve))]).catch(
    (error: CarillonError) => {
      if (error.code !== 'CAR4007') throw error;
    },
  );
}

function queueOf(): EventQueue {
  const { container } = rootContainer({ queues: { default: { processing: 'manual' } } });
  return container.get(EventQueue);
}

const UNBOUNDED: readonly OddName[] = [...endlessTime, '2 ** 53', '1e21'];
const FORWARD: readonly OddName[] = [...time, '2 ** 53', '1e21'];

const clocks: readonly OptionCase[] = [
  ...casesOf('sleep', 'CAR6001', { sleep: UNBOUNDED }, (given) =>
    sleep((given as { sleep: never }).sleep),
  ),
  ...casesOf('realTime', 'CAR6001', { tick: ['0', '-0', ...timerTime] }, (given) =>
    realTime(given as never),
  ),
  ...casesOf('manualClock', 'CAR6005', { date: [...FINITE, 'date'] }, manualClock),
  ...casesOf('manualClock().tick', 'CAR6005', { tick: FORWARD }, (given) =>
    manualClock().tick((given as { tick: never }).tick),
  ),
  ...casesOf('fixedStep', 'CAR6005', { step: positiveTime }, (given) => fixedStep(given as never)),
  ...casesOf(
    'fixedStep',
    'CAR6005',
    { maxSteps: endlessPositiveWhole, date: [...FINITE, 'date'] },
    (given) => fixedStep({ step: 1, ...given }),
  ),
  ...casesOf('virtualClock().advance', 'CAR6001', { advance: time }, (given) =>
    advanced((given as { advance: never }).advance),
  ),
  ...casesOf('settled', 'CAR6001', { within: endlessTime }, (given) =>
    trackSession(rootContainer().container).settled(() => undefined, given),
  ),
  ...casesOf('cron', 'CAR6009', { timezone: nothing }, (given) => cron('0 3 * * *', given)),
  ...casesOf(
    'stopOnSignals',
    'CAR7001',
    {
      drain: endlessTime,
      exitAfter: endlessPositiveTime,
      before: callback,
      onStopped: callback,
      onError: callback,
    },
    (given) => stopOnSignals(() => stop(rootContainer().container), given).uninstall(),
  ),
  ...casesOf(
    'requestScopes',
    'CAR7005',
    { limit: endlessPositiveTime, drain: endlessTime, name: callback, onEnd: callback },
    (given) => requestScopes(rootContainer().container, given),
  ),
  ...casesOf('quiesce', 'CAR7001', { drain: endlessTime }, (given) =>
    quiesce(rootContainer().container, given),
  ),
];

async function advanced(duration: never): Promise<void> {
  await virtualClock().advance(duration);
}

describe('an odd value', () => {
  it.each(
    [...decorators, ...configuration, ...calls, ...clocks].map(
      (one) => [one.place, one.option, one] as const,
    ),
  )('of %s: %s has a meaning or is refused', async (_place, _option, one) => {
    expect(await outcomesOf(one)).toEqual(expectedOutcomes(one));
  });
});

describe('an unknown option', () => {
  const misspelt: readonly [place: string, text: string, give: () => unknown][] = [
    [
      '@On',
      'has the unknown option prioritty. Did you mean priority?',
      () => decorating(On)({ prioritty: 1 }),
    ],
    [
      '@On',
      'has the unknown option attempts. It takes priority, before,',
      () => decorating(On)({ attempts: 2 }),
    ],
    [
      '@Deferred',
      'has the unknown option backoff.dellay. Did you mean delay?',
      () => decorating(Deferred)({ backoff: { delay: 1, dellay: 1 } }),
    ],
    [
      'a queue',
      'Queue "mail" has the unknown option Concurency. Did you mean concurrency?',
      () => rootContainer({ queues: { mail: { Concurency: 2 } as never } }),
    ],
    [
      'events',
      'events() has the unknown option onErrors. Did you mean onError?',
      () => rootContainer({ onErrors: () => undefined } as never),
    ],
    [
      'stop',
      'has the unknown option drian. Did you mean drain?',
      () => stop(rootContainer().container, { drian: 1 } as never),
    ],
    [
      'defer',
      'defer(rang) has the unknown option Delay. Did you mean delay?',
      () => queueOf().defer(Rang, 1, { Delay: 1 } as never),
    ],
    [
      'a filter',
      'has the unknown option evnet. Did you mean event?',
      () =>
        queueOf()
          .deadLetters()
          .drop({ evnet: 'rang' } as never),
    ],
  ];

  it.each(misspelt)('of %s is refused: %s', async (_place, words, give) => {
    await expect((async () => give())()).rejects.toThrow(words);
  });

  it('is none where its value is undefined', () => {
    expect(() => createScope({ unheardOf: undefined } as object)).not.toThrow();
  });
});

describe('a given value', () => {
  it('is cut where it is long', () => {
    const give = () => createScope({ drain: `${'9'.repeat(100)} days` as never });

    expect(give).toThrow(`A scope has drain: "${'9'.repeat(40)}…". Give milliseconds`);
  });
});

describe('the page of options', () => {
  const page = readFileSync(join(PROJECT, 'docs/options.md'), 'utf8');

  it.each([...decorators, ...configuration, ...calls].map(({ place, option }) => [place, option]))(
    'has what %s takes: %s',
    (_place, option) => {
      const [outer, inner] = option.split('.') as [string, string?];
      const rows = page
        .split('\n')
        .filter((line) => line.includes(`\`${outer}\``) || line.includes(`\`@${outer}\``));

      expect(rows.some((row) => inner === undefined || row.includes(inner))).toBe(true);
    },
  );
});
