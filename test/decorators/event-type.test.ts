/** What `@EventType` writes on a class, and what it refuses. */
import { describe, expect, it } from '@jest/globals';
import { EventType, type EventTypeOptions } from 'carillon';
import { eventTypeOf, subtypesOf } from '../../decorators/event-type.js';

describe('@EventType', () => {
  it('writes the name and version 1 on the class, as a legacy decorator', () => {
    @EventType({ name: 'order.placed' })
    class OrderPlaced {}

    expect(eventTypeOf(OrderPlaced)).toMatchObject({ name: 'order.placed', version: 1 });
  });

  it('does the same as a standard decorator', () => {
    class OrderPlaced {}

    const replaced: unknown = EventType({
      name: 'order.placed',
      version: 3,
      upcast: (data) => data,
      unknown: 'refuse',
    })(OrderPlaced, {
      kind: 'class',
      name: 'OrderPlaced',
    });

    expect(replaced).toBeUndefined();
    expect(eventTypeOf(OrderPlaced)).toMatchObject({
      name: 'order.placed',
      version: 3,
      unknown: 'refuse',
    });
  });

  it('is not inherited: a subclass under the name of its base would come out as the base', () => {
    @EventType({ name: 'order.placed' })
    class OrderPlaced {}
    class RushOrderPlaced extends OrderPlaced {}

    expect(eventTypeOf(RushOrderPlaced)).toBeUndefined();
  });

  it('E14 lets each base know its named subclasses, near and far', () => {
    class DomainEvent {}
    @EventType({ name: 'order.placed' })
    class OrderPlaced extends DomainEvent {}
    @EventType({ name: 'order.placed.rush' })
    class RushOrderPlaced extends OrderPlaced {}

    expect(subtypesOf(DomainEvent)).toEqual([OrderPlaced, RushOrderPlaced]);
    expect(subtypesOf(OrderPlaced)).toEqual([RushOrderPlaced]);
    expect(subtypesOf(RushOrderPlaced)).toEqual([]);
    expect(subtypesOf(Object)).toEqual([]);
  });

  const step = (data: unknown) => data;

  it.each<[unknown, string]>([
    [undefined, 'has options: undefined'],
    ['order.placed', 'has options: "order.placed"'],
    [{}, 'it is not a string'],
    [{ name: '' }, 'it is empty'],
    [{ name: 'order..placed' }, 'one of its segments is empty'],
    [{ name: 'order.*' }, 'it has a wildcard'],
    [{ name: 'a', version: 0 }, 'has version: 0'],
    [{ name: 'a', version: 1.5 }, 'has version: 1.5'],
    [{ name: 'a', version: '2' }, 'has version: "2"'],
    [{ name: 'a', unknown: 'keep' }, 'has unknown: "keep"'],
    [{ name: 'a', version: 2, upcast: 'yes' }, 'has upcast: "yes"'],
    [{ name: 'a', version: 2, upcast: null }, 'has upcast: null'],
    [{ name: 'a', version: 2, upcast: { 1: 'yes' } }, 'has no upcast from version 1 to 2'],
    [{ name: 'a', version: 4, upcast: { 1: step, 3: step } }, 'has no upcast from version 2 to 3'],
    [{ name: 'a', version: 3, upcast: { 1: step } }, 'has no upcast from version 2 to 3'],
    [
      { name: 'a', version: 2, upcast: { one: step } },
      'has an upcast from a version that is not a number',
    ],
  ])('CAR5030: refuses %p', (options, reason) => {
    class Broken {}

    const decorate = () => EventType(options as EventTypeOptions)(Broken);

    expect(decorate).toThrow(
      expect.objectContaining({ code: 'CAR5030', message: expect.stringContaining(reason) }),
    );
    expect(decorate).toThrow('@EventType on Broken');
    expect(eventTypeOf(Broken)).toBeUndefined();
  });

  it('CAR5030: refuses to name a class twice', () => {
    class OrderPlaced {}
    EventType({ name: 'order.placed' })(OrderPlaced);

    expect(() => EventType({ name: 'order.sent' })(OrderPlaced)).toThrow('is there twice');
    expect(eventTypeOf(OrderPlaced)?.name).toBe('order.placed');
  });
});
