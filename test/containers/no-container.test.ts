import { describe, expect, it } from '@jest/globals';
import { Container } from 'inversify';
import {
  census,
  openScope,
  quiesce,
  scopeOf,
  start,
  stop,
} from '../../src/containers/inversify/index.js';

const functions = { census, openScope, quiesce, scopeOf, start, stop };

describe('what is no container of InversifyJS', () => {
  it.each(Object.entries(functions))('CAR2013: %s() refuses it by its code', async (_, called) => {
    const container = new Container();
    for (const value of [undefined, null, {}, () => container, Promise.resolve(container)]) {
      await expect(async () => called(value as never)).rejects.toMatchObject({ code: 'CAR2013' });
    }
  });
});
