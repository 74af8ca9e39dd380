/** Decorators where they cannot work. */
import { describe, expect, it } from '@jest/globals';
import { EventType, Every, Listener } from 'carillon';
import { transform } from 'esbuild';
import { decorate, decorators, errorOf, type UntypedDecorator, verbs } from './untyped.js';

class Rang {}

class Bell {
  static ringAll() {}
  strike = 1;
  ring() {}
  get loudness() {
    return 1;
  }
}

const all = { ...verbs, Every } as unknown as Readonly<Record<string, UntypedDecorator>>;
const ofClasses = { Listener, EventType } as unknown as Readonly<Record<string, UntypedDecorator>>;
const SYMBOL = Symbol('ring');

/** What a compiler hands to a decorator of a method, and how the error names the method. */
const bareMethods: readonly [string, readonly unknown[], string][] = [
  ['legacy', [Bell.prototype, 'ring', descriptorOf('ring')], 'Bell.ring'],
  ['legacy, on a static method', [Bell, 'ringAll', descriptorOf('ring')], 'Bell.ringAll'],
  ['legacy, on a symbol', [Bell.prototype, SYMBOL, descriptorOf('ring')], 'Bell.Symbol(ring)'],
  ['legacy, on a field', [Bell.prototype, 'strike', undefined], 'Bell.strike'],
  ['standard', [Bell.prototype.ring, contextOf('method', 'ring')], 'ring'],
  ['standard, on a field', [undefined, contextOf('field', 'strike')], 'strike'],
  ['standard, on a class', [Bell, contextOf('class', 'Bell')], 'Bell'],
  [
    'standard, on a class without a name',
    [Bell, contextOf('class', undefined)],
    '(anonymous class)',
  ],
];

function descriptorOf(key: string): PropertyDescriptor | undefined {
  return Object.getOwnPropertyDescriptor(Bell.prototype, key);
}

function contextOf(kind: string, name: string | undefined) {
  return { kind, name, static: false, private: false, addInitializer: () => undefined };
}

describe('a decorator without parentheses', () => {
  it.each(
    Object.entries(all).flatMap(([verb, decorator]) =>
      bareMethods.map(([mode, given, place]) => [verb, mode, decorator, given, place] as const),
    ),
  )('CAR1010: @%s says so, %s', (verb, _, decorator, given, place) => {
    const error = errorOf(() => Reflect.apply(decorator, undefined, given));

    expect(error.message).toBe(
      `CAR1010: @${verb} on ${place} has no parentheses, so it declares nothing. Write @${verb}(…).`,
    );
  });

  it.each(
    Object.entries(ofClasses).flatMap(([name, decorator]) =>
      [[Bell], [Bell, contextOf('class', 'Bell')]].map(
        (given) => [name, decorator, given] as const,
      ),
    ),
  )('CAR1010: @%s says so, legacy and standard', (name, decorator, given) => {
    const error = errorOf(() => Reflect.apply(decorator, undefined, given));

    expect(error.message).toBe(
      `CAR1010: @${name} on Bell has no parentheses, so it declares nothing. Write @${name}(…).`,
    );
  });

  it.each([true, false])(
    'CAR1010: as esbuild compiles it, with experimentalDecorators %p',
    async (experimentalDecorators) => {
      const { code } = await transform('class Bell { @On hear() {} }', {
        loader: 'ts',
        target: 'es2022',
        tsconfigRaw: { compilerOptions: { experimentalDecorators } },
      });

      const error = errorOf(() => new Function('On', code)(verbs['On']));

      expect(error.code).toBe('CAR1010');
    },
  );
});

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
    expect(error.message).toContain('a field or accessor, not a method');
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
      `CAR1002: @${verb} on Bell decorates a class, not a method. Write a method, name(event) { … }, and decorate that; a function in a field is not a method.`,
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
