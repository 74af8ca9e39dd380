/** Schemas of classes that class-validator checks, by the package class-validator-jsonschema. */
import type { EventClass } from '../../../decorators/event-key.js';
import type { JsonSchema } from './asyncapi-document.js';
import type { ClassSchema, ClassSchemas } from './payload-schemas.js';

/** What is used of `class-validator-jsonschema`, which the program brings. */
export interface SchemaLibrary {
  /** The schema of one class. */
  // biome-ignore lint/complexity/noBannedTypes: the library's own type
  targetConstructorToSchema(type: Function, options?: object): object;
  /** The schemas of all classes with decorators, by their names. */
  validationMetadatasToSchemas(options?: object): object;
}

/** How classes are read. */
export interface ClassValidatorSchemasOptions {
  /** `defaultMetadataStorage` of `class-transformer`: says what `@Type` makes of the members of lists. Default: those are not described. */
  readonly classTransformerMetadataStorage?: object;
}

const PREFIX = '#/components/schemas/';

/** A `Date` travels as `toJSON` writes it: with its time. The library allows a day alone, and no parser takes both. */
const DATE = { isDate: { type: 'string', format: 'date-time' } };

/**
 * Makes the schemas of payloads from the decorators of class-validator.
 *
 * @param library `class-validator-jsonschema`
 * @example
 * import * as library from 'class-validator-jsonschema';
 *
 * asyncApi(container, { info, schemas: classValidatorSchemas(library) });
 */
export function classValidatorSchemas(
  library: SchemaLibrary,
  options: ClassValidatorSchemasOptions = {},
): ClassSchemas {
  const all = { ...options, refPointerPrefix: PREFIX, additionalConverters: DATE };
  let known: Readonly<Record<string, JsonSchema>> | undefined;
  return (type: EventClass): ClassSchema | undefined => {
    const schema = library.targetConstructorToSchema(type, all) as JsonSchema;
    if (Object.keys((schema['properties'] ?? {}) as object).length === 0) return undefined;
    known ??= library.validationMetadatasToSchemas(all) as Readonly<Record<string, JsonSchema>>;
    return { schema, others: reachedFrom(schema, known) };
  };
}

/** The schemas that a schema refers to, and those that these refer to. */
function reachedFrom(
  schema: JsonSchema,
  known: Readonly<Record<string, JsonSchema>>,
): Record<string, JsonSchema> {
  const reached: Record<string, JsonSchema> = {};
  const pending = [schema];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [, name = ''] of JSON.stringify(next).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    )) {
      const other = known[name];
      if (other === undefined || reached[name] !== undefined) continue;
      reached[name] = other;
      pending.push(other);
    }
  }
  return reached;
}
