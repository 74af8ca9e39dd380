/** Decorators where they cannot work. */
import { describe, expect, it } from '@jest/globals';
import { decorate, decorators, errorOf } from './untyped.js';

class Rang {}

class Bell {
  static ringAll() {}
  strike = 1;
  ring() {}
  get loudness() {
    return 1;
  }
}

describe('a decorator in a bad place', () => {
  it.each(decorators)('CAR1001: @%s refuses a static method', (verb, decorator) => {
    const error = errorOf(() => decorate(decorator(Rang), Bell, 'ringAll'));

    expect(error.code).toBe('CAR1001');
    expect(error.message).toContain(`@${verb} on Bell.ringAll`);
    expect(error.message).toContain('make it an instance method');
  });

  it.each(decorators)('CAR1002: @%s refuses an accessor', (verb, decorator) => {
    const error = errorOf(() => decorate(decorator(Rang), Bell.prototype, 'loudness'));

    expect(error.code).toBe('CAR1002');
    expect(error.message).toContain(`@${verb} on Bell.loudness`);
    expect(error.message).toContain('Decorate a method');
  });

  it.each(decorators)('CAR1002: @%s refuses a field', (verb, decorator) => {
    const error = errorOf(() => decorate(decorator(Rang), Bell.prototype, 'strike'));

    expect(error.code).toBe('CAR1002');
    expect(error.message).toContain(`@${verb} on Bell.strike`);
  });

  it('CAR1002: refuses a parameter', () => {
    const { On } = Object.fromEntries(decorators);

    const error = errorOf(() => On?.(Rang)(Bell.prototype, 'ring', 0));

    expect(error.code).toBe('CAR1002');
  });

  it.each(decorators)('CAR1003: @%s refuses a private method', (verb, decorator) => {
    const context = { kind: 'method', name: '#ring', private: true, static: false };

    const error = errorOf(() => decorator(Rang)(Bell.prototype.ring, context));

    expect(error.code).toBe('CAR1003');
    expect(error.message).toContain(`@${verb} on #ring`);
    expect(error.message).toContain('drop the #');
  });

  it.each(decorators)('CAR1002: @%s refuses a class', (verb, decorator) => {
    const error = errorOf(() => decorator(Rang)(Bell));

    expect(error.message).toBe(
      `CAR1002: @${verb} on Bell decorates what is no method (class). Decorate a method.`,
    );
  });

  it('names a method of a class that has no name', () => {
    const { On } = Object.fromEntries(decorators);
    const classes = [
      class {
        static ring() {}
      },
    ];
    const [Anonymous] = classes;

    const error = errorOf(() => decorate(On?.(Rang) as () => void, Anonymous as object, 'ring'));

    expect(error.message).toContain('@On on (anonymous class).ring');
  });
});
