/** Every option of an engine is given every odd value, and no error shows what may be a secret. */
import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from 'carillon';
import { jetStreamQueue, natsBus } from 'carillon/nats';
import { postgresBus, postgresQueue } from 'carillon/postgres';
import { rabbitBus, rabbitQueue } from 'carillon/rabbitmq';
import { redisBus, redisQueue } from 'carillon/redis';
import { sqliteQueue } from 'carillon/sqlite';
import {
  expectedOutcomes,
  MEANINGS,
  type OddName,
  type OptionCase,
  outcomesOf,
} from '../support/odd-values.js';

type Takes = Readonly<Record<string, readonly OddName[]>>;

const { endlessPositiveTime, flag, nothing, positiveTime, positiveWhole, text, time, timerTime } =
  MEANINGS;

/** A path or an address is more than a name: it may be long. */
const filled: readonly OddName[] = [...text, "' '", 'a text of 300', 'a text with U+0000'];
const path = filled.filter((name) => name !== 'a text with U+0000');

/** What the client makes of them is its own. */
const client: readonly OddName[] = [
  '{}',
  'an object without a prototype',
  'an object that is a number',
  'an object with an unknown key',
];

const queue: Takes = { leaseTime: timerTime, patience: timerTime };
const stored: Takes = { ...queue, leaseTime: positiveTime, poll: timerTime };
const bus: Takes = {
  leaseTime: timerTime,
  acceptWithin: endlessPositiveTime,
  connectWithin: endlessPositiveTime,
  source: text,
};
const shortPrefix = text.filter((name) => !["'2 s'"].includes(name));

const cases: readonly OptionCase[] = [
  ...casesOf(
    'redisQueue',
    'CAR7030',
    {
      ...queue,
      url: filled,
      connection: client,
      prefix: text,
      keepDone: positiveTime,
      priorities: flag,
    },
    redisQueue,
  ),
  ...casesOf('sqliteQueue', 'CAR7030', { ...stored, file: path, keepDone: time }, (given) =>
    sqliteQueue({ file: 'a.db', ...given }),
  ),
  ...casesOf(
    'postgresQueue',
    'CAR7030',
    { ...stored, url: filled, connection: client, keepDone: positiveTime },
    (given) => postgresQueue({ url: 'postgres://a', ...given }),
  ),
  ...casesOf(
    'jetStreamQueue',
    'CAR7030',
    {
      ...queue,
      servers: [...filled, "['2s']"],
      connection: client,
      prefix: shortPrefix,
      replicas: positiveWhole,
    },
    jetStreamQueue,
  ),
  ...casesOf(
    'rabbitQueue',
    'CAR7030',
    { patience: timerTime, url: nothing, connection: client, prefix: text },
    rabbitQueue,
  ),
  ...casesOf(
    'redisBus',
    'CAR7022',
    { ...bus, url: filled, connection: client, stream: text, maxLength: positiveWhole },
    redisBus,
  ),
  ...casesOf(
    'postgresBus',
    'CAR7022',
    {
      ...bus,
      url: filled,
      connection: client,
      retention: positiveTime,
      poll: timerTime,
      patience: timerTime,
    },
    (given) => postgresBus({ url: 'postgres://a', ...given }),
  ),
  ...casesOf(
    'natsBus',
    'CAR7022',
    {
      acceptWithin: endlessPositiveTime,
      servers: [...filled, "['2s']"],
      connection: client,
      prefix: text,
    },
    natsBus,
  ),
  ...casesOf(
    'rabbitBus',
    'CAR7022',
    {
      patience: timerTime,
      url: nothing,
      connection: client,
      exchange: text,
      retention: positiveTime,
      subscriberRetention: positiveTime,
    },
    rabbitBus,
  ),
];

function casesOf(
  place: string,
  code: ErrorCode,
  takes: Takes,
  give: (options: object) => unknown,
): OptionCase[] {
  return Object.entries(takes).map(([option, names]) => ({
    place,
    option,
    code,
    takes: names,
    give: (value) => give({ [option]: value }),
  }));
}

describe('an odd value', () => {
  it.each(cases.map((one) => [one.place, one.option, one] as const))(
    'of %s: %s has a meaning or is refused',
    async (_place, _option, one) => {
      expect(await outcomesOf(one)).toEqual(expectedOutcomes(one));
    },
  );
});

describe('an error of an engine', () => {
  const secret = 'hunter2';
  const givers: readonly [string, () => unknown][] = [
    ['rabbitQueue', () => rabbitQueue({ url: `http://user:${secret}@host` })],
    ['rabbitBus', () => rabbitBus({ url: `user:${secret}@host` })],
    ['redisQueue', () => redisQueue({ connection: `redis://user:${secret}@host` as never })],
    ['natsBus', () => natsBus({ servers: [`user:${secret}@host`, ''] })],
    ['postgresQueue', () => postgresQueue({ url: { password: secret } as never })],
  ];

  it.each(givers)('of %s does not show an address or a password', (_name, give) => {
    expect(give).toThrow(/^CAR70(22|30): .* has (url|connection|servers): (a string|\[object)/);
    expect(give).not.toThrow(secret);
  });

  it('names the option that was meant', () => {
    expect(() => redisQueue({ leasetime: 1 } as never)).toThrow(
      'redisQueue() has the unknown option leasetime. Did you mean leaseTime?',
    );
    expect(() => sqliteQueue({} as never)).toThrow('sqliteQueue() has file: undefined.');
  });
});
