/** Payload classes rebuilt by class-transformer and checked by class-validator. */
import { instanceToPlain, plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validate } from 'class-validator';
import { CarillonError } from '../../../decorators/carillon-error.js';
import type { EventClass } from '../../../decorators/event-key.js';
import { eventTypeOf } from '../../../decorators/event-type.js';
import type { PayloadReader } from '../../events/payload-reader.js';

/**
 * Reads and writes payloads of event classes according to the decorators of class-transformer, such as `@Type`, and of class-validator, such
 * as `@IsString`. Payloads are validated when they are sent and when they are received. A property without a decorator is dropped, or refused
 * if the class has `@EventType({ unknown: 'refuse' })`.
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
    read: (type, data) => rebuilt(type, data),
    // The payload is validated as its receiver will read it, and the sender's object stays unchanged.
    write: async (type, payload) => instanceToPlain(await rebuilt(type, instanceToPlain(payload))),
  };
}

async function rebuilt(type: EventClass, data: unknown): Promise<object> {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new Error('the data is no object');
  const instance = plainToInstance(type as new () => object, data);
  const errors = await validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: eventTypeOf(type)?.unknown === 'refuse',
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  if (errors.length > 0) throw new Error(errors.flatMap((error) => faults(error, '')).join('; '));
  return instance;
}

/** One text with the path of the property for each violated constraint. */
function faults(
  { property, constraints = {}, children = [] }: ValidationError,
  path: string,
): string[] {
  const own = Object.values(constraints).map((text) => `${path}${text}`);
  return [...own, ...children.flatMap((child) => faults(child, `${path}${property}.`))];
}
