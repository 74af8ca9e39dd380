/** What is written in one turn goes to the kernel together. */
import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { type CorkedSocket, gatherWrites } from '../../src/engines/gather-writes.js';

/** Remembers what it was given at once. */
class Wire extends Duplex {
  readonly given: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.given.push(chunk.toString());
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.given.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
    done();
  }
}

/** Each action in a turn of its own. */
async function inTurns(...actions: (() => void)[]): Promise<void> {
  for (const action of actions) {
    action();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a socket whose writes are gathered', () => {
  it('sends what is written in one turn at its end, in order, and what is written later by itself', async () => {
    const wire = new Wire();
    gatherWrites(wire as unknown as CorkedSocket);

    await inTurns(
      () => {
        for (const text of ['a', 'b', 'c']) wire.write(text);
        expect(wire.given).toEqual([]);
      },
      () => wire.write('d'),
    );

    expect(wire.given).toEqual(['abc', 'd']);
  });

  it('sends what was written before its end', async () => {
    const wire = new Wire();
    gatherWrites(wire as unknown as CorkedSocket);

    await inTurns(() => {
      wire.write('a');
      wire.end('b');
    });

    expect(wire.given.join('')).toBe('ab');
  });
});
