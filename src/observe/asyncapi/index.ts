/** AsyncAPI documents. */
export { type AsyncApiOptions, asyncApi } from './asyncapi.js';
export type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiInfo,
  AsyncApiMessage,
  AsyncApiOperation,
  JsonSchema,
  Reference,
} from './asyncapi-document.js';
export {
  type ClassValidatorSchemasOptions,
  classValidatorSchemas,
  type SchemaLibrary,
} from './class-validator-schemas.js';
export type { ClassSchema, ClassSchemas } from './payload-schemas.js';
