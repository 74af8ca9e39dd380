/** The errors of an emit, as a test of a program makes them. */
import { describe, expect, it } from '@jest/globals';
import { AbandonedError, EmitError, HandlerError, RecursionError } from 'carillon';
import { describeThrown } from '../../src/events/describe-thrown.js';

describe('an error made of plain data', () => {
  it('names the handler, the event and the cause', () => {
    const cause = new Error('no route');
    const error = new HandlerError({
      className: 'Mail',
      method: 'send',
      event: 'order-placed',
      cause,
    });

    expect(error).toMatchObject({ code: 'CAR4001', className: 'Mail', method: 'send', cause });
    expect(error.message).toContain(
      'Mail.send failed on order-placed in scope "application": no route.',
    );
  });

  it('puts a full stop behind the message of the cause, where it has no end of its own', () => {
    const failed = (message: string) =>
      new HandlerError({ method: 'send', event: 'placed', cause: new Error(message) }).message;

    expect(failed('No route')).toContain(': No route. The other handlers ran');
    expect(failed('No route.')).toContain(': No route. The other handlers ran');
    expect(failed('Did you mean dedup?')).toContain(': Did you mean dedup? The other handlers ran');
  });

  it('lists the failures of one emit', () => {
    const failed = new HandlerError({ method: 'send', event: 'placed', cause: 'no route' });
    const error = new EmitError({ event: 'placed', errors: [failed] });

    expect(error).toMatchObject({ code: 'CAR4002', errors: [failed], cause: failed });
    expect(error.message).toContain('1 handler(s) of placed failed: send.');
  });

  it('shows the chain of a recursion', () => {
    const chain = [{ event: 'saved', handler: 'Index.update' }];
    const error = new RecursionError({ event: 'saved', reason: 'more than 100 times', chain });

    expect(error).toMatchObject({ code: 'CAR4006', chain });
    expect(error.message).toContain('more than 100 times: saved > Index.update > saved.');
  });

  it('names the handler that was left behind', () => {
    const error = new AbandonedError({ method: 'send', event: 'placed', scope: 'request' });

    expect(error.code).toBe('CAR3005');
    expect(error.message).toContain('send had not settled on placed when scope "request" ended.');
  });
});

describe('what was thrown, as text', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const unreadable = new Error('hidden');
  Object.defineProperty(unreadable, 'message', {
    get: () => {
      throw new Error('no message for you');
    },
  });
  const untextable = {
    toString: () => {
      throw new Error('no text for you');
    },
  };

  it.each([
    ['an error', new TypeError('not a function'), 'not a function'],
    [
      'an error without a message',
      Object.assign(new TypeError('gone'), { message: '' }),
      'TypeError',
    ],
    ['an error of another realm', { name: 'Error', message: 'from a frame' }, 'from a frame'],
    ['a string', 'no route', 'no route'],
    ['a symbol', Symbol('lost'), 'Symbol(lost)'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object without a prototype', Object.create(null), 'a value that has no text'],
    ['a revoked proxy', proxy, 'a value that has no text'],
    ['an error whose message throws', unreadable, 'a value that has no text'],
    ['an object whose toString throws', untextable, 'a value that has no text'],
  ])('E16 is there for %s', (_, thrown, text) => {
    expect(describeThrown(thrown)).toBe(text);
  });
});
