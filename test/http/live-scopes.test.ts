import { expect, it } from '@jest/globals';
import type { CarillonError } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { LiveScopes } from '../../src/http/live-scopes.js';

it('CAR3003 is reported once, where an end that nobody awaits is awaited later', async () => {
  const errors: CarillonError[] = [];
  const app = createApplication({ onError: (error) => void errors.push(error) });
  const scopes = new LiveScopes(app, {
    limit: Number.POSITIVE_INFINITY,
    drain: undefined,
    onEnd: undefined,
  });
  const live = scopes.open('request');
  live.scope.onDispose(async () => {
    throw new Error('stuck');
  });

  live.close();
  await live.end();

  expect({ codes: errors.map(({ code }) => code), open: scopes.size }).toEqual({
    codes: ['CAR3003'],
    open: 0,
  });
});
