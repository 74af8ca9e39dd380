/** Carillon for NestJS 11 and 12. */
export { Carillon } from './carillon.js';
export { CarillonModule } from './carillon-module.js';
export type {
  CarillonModuleAsyncOptions,
  CarillonModuleExtras,
  CarillonModuleOptions,
  CarillonOptions,
} from './nest-options.js';
export { RequestScope } from './request-scope.js';
