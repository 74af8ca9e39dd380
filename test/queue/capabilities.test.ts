/** What an engine can do, as its author lists it. */
import { describe, expect, it } from '@jest/globals';
import { queueCapabilities } from 'carillon/engine';
import { JETSTREAM_QUEUE } from 'carillon/nats';
import { POSTGRES_QUEUE } from 'carillon/postgres';
import { RABBIT_QUEUE } from 'carillon/rabbitmq';
import { REDIS_QUEUE } from 'carillon/redis';
import { SQLITE_QUEUE } from 'carillon/sqlite';

describe('queueCapabilities', () => {
  it('completes what is listed with what is missing', () => {
    expect(queueCapabilities({ durable: true, onRetry: ['pass'] })).toEqual({
      durable: true,
      crossProcess: false,
      delay: false,
      priority: false,
      orderingKey: false,
      onRetry: ['pass'],
      rateLimit: false,
      dedup: false,
      ttl: false,
      cancel: false,
      reschedule: false,
      status: false,
      deadLetters: false,
      inbox: false,
      transactions: false,
      manual: false,
      presence: false,
    });
  });

  it('gives no engine what it cannot do', () => {
    const missing = Object.entries({
      sqlite: SQLITE_QUEUE,
      postgres: POSTGRES_QUEUE,
      redis: REDIS_QUEUE,
      jetstream: JETSTREAM_QUEUE,
      rabbitmq: RABBIT_QUEUE,
    }).map(([engine, present]) => [
      engine,
      Object.entries(present)
        .filter(([, value]) => value === false)
        .map(([capability]) => capability),
    ]);

    expect(Object.fromEntries(missing)).toEqual({
      sqlite: ['transactions', 'manual'],
      postgres: ['rateLimit', 'manual'],
      redis: ['orderingKey', 'reschedule', 'transactions', 'manual'],
      jetstream: [
        'priority',
        'orderingKey',
        'rateLimit',
        'cancel',
        'reschedule',
        'status',
        'transactions',
        'manual',
      ],
      rabbitmq: [
        'priority',
        'orderingKey',
        'rateLimit',
        'dedup',
        'cancel',
        'reschedule',
        'status',
        'inbox',
        'transactions',
        'manual',
      ],
    });
  });
});
