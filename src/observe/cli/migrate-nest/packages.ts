/** What is migrated of which package. */

/** `EventEmitter2` is taken from either. */
export const EMITTER: readonly string[] = ['@nestjs/event-emitter', 'eventemitter2'];

export const EVENT_EMITTER: readonly string[] = ['@nestjs/event-emitter'];

export const CQRS: readonly string[] = ['@nestjs/cqrs'];

export const NEST: readonly string[] = ['@nestjs/common', '@nestjs/core'];

export const CARILLON = 'carillon';

export const CARILLON_NEST = 'carillon/nestjs';
