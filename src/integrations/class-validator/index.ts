/** Payload classes rebuilt by class-transformer and checked by class-validator. */
import { instanceToPlain, plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validate } from 'class-validator';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventClass } from '../../../decorators/event-key.js';
import { eventTypeOf } from '../../../decorators/event-type.js';
import { isPlainObject, type PayloadReader } from '../../events/payload-reader.js';
import { arrivalFault } from './arrival.js';
import { HeldValues } from './held-values.js';

/**
 * Reads and writes payloads of event classes according to the decorators of class-transformer, such as `@Type`, and of class-validator, such
 * as `@IsString`. Payloads are validated when they are sent and when they are received. A property without a decorator is dropped, or refused
 * if the class has `@EventType({ unknown: 'refuse' })`.
 * What would arrive as something else, such as a nested instance without `@Type`, is refused. The sender's object stays unchanged.
 *
 * class-transformer calls the constructors of the classes without arguments.
 *
 * @example
 * container.register(events({ bus: natsBus({ servers: '127.0.0.1:4222', reader: classValidator() }) }));
 */
export function classValidator(): PayloadReader {
  return {
    check(type) {
      // The second and third: no schema, and none of the decorators that hold for every group.
      if (getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).length > 0)
        return;
      throw new CarillonError(
        'CAR7020',
        `${type.name} has no decorator of class-validator, so that all of its properties would be dropped. Decorate them, with @Allow() at least.`,
      );
    },
    read: (type, data) => holdingFirst((holds) => rebuilt(type, data, holds)),
    write: (type, payload) => holdingFirst((holds) => written(type, payload, holds)),
  };
}

/** Whether class-transformer gets symbols for the values that it would take apart. */
type Holds = ConstructorParameters<typeof HeldValues>[0];

/** A class may have a `@Transform()` of its own for such values: it needs to see them. */
async function holdingFirst<T>(act: (holds: Holds) => Promise<T>): Promise<T> {
  try {
    return await act({ holds: true });
  } catch (error) {
    return await act({ holds: false }).catch(() => {
      throw error;
    });
  }
}

/** What leaves is checked as it will be read, and the sender's own object is not touched. */
async function written(type: EventClass, payload: unknown, holds: Holds): Promise<unknown> {
  const leaving = await rebuilt(type, plainOf(payload, holds), holds);
  const plain = plainOf(leaving, holds);
  const fault = arrivalFault(payload, await rebuilt(type, plain, holds));
  if (fault !== undefined) throw new Error(fault);
  return plain;
}

function plainOf(instance: unknown, holds: Holds): unknown {
  const held = new HeldValues(holds);
  return held.show(instanceToPlain(held.hide(instance)));
}

async function rebuilt(type: EventClass, data: unknown, holds: Holds): Promise<object> {
  if (!isPlainObject(data)) throw new Error('the data is not an object');
  const held = new HeldValues(holds);
  const known = held.hide(settable(type, data));
  // Else it sets to undefined what is exposed and not there, also where there is only a getter; an undefined that was sent is held.
  const options = { exposeUnsetFields: false };
  const built = plainToInstance(type as new () => object, known, options);
  const instance = held.show(built) as object;
  const errors = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: eventTypeOf(type)?.unknown === 'refuse',
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  if (errors.length > 0) throw new Error(errors.flatMap((error) => faults(error, '')).join('; '));
  return instance;
}

/** Without what only a getter of the class or its bases gives: others may read it, and nobody can set it. */
function settable(type: EventClass, data: object): object {
  return Object.fromEntries(
    Object.entries(data).filter(([key]) => {
      for (let step = type.prototype; step !== null; step = Object.getPrototypeOf(step)) {
        const property = Object.getOwnPropertyDescriptor(step, key);
        if (property !== undefined) return property.get === undefined || property.set !== undefined;
      }
      return true;
    }),
  );
}

/** One text with the path of the property for each violated constraint. */
function faults(
  { property, constraints = {}, children = [] }: ValidationError,
  path: string,
): string[] {
  const own = Object.values(constraints).map((text) => `${path}${text}`);
  return [...own, ...children.flatMap((child) => faults(child, `${path}${property}.`))];
}
