import { expect, it } from '@jest/globals';
import { countName } from '../../src/http/count-name.js';

it.each([1, 999, 1000, 1007, 123_456, 1_000_000, 1_002_030_405])(
  'counts to %d as people do',
  (count) => {
    expect(countName('request', count)).toBe(`request ${count}`);
  },
);
