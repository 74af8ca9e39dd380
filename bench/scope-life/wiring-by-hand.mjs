/** What Carillon's decorators stand for, written out with eventemitter3: an emitter for each request, a bus for all. */
import { EventEmitter } from 'eventemitter3';
import { Advanced, Announced, Finished, Opened } from './happenings.mjs';

/** @import { Request } from './request.mjs' */

const bus = new EventEmitter();

/**
 * Wires the request, emits its events, and unsubscribes it.
 *
 * @param {Request} request
 */
export function serveWired(request) {
  const emitter = new EventEmitter();
  emitter.on('opened', request.open, request);
  emitter.on('advanced', request.advance, request);
  emitter.on('advanced', request.logAdvance, request);
  emitter.on('finished', request.finish, request);
  bus.on('announced', request.announce, request);
  try {
    emitter.emit('opened', new Opened());
    emitter.emit('advanced', new Advanced(1));
    emitter.emit('finished', new Finished());
  } finally {
    emitter.off('opened', request.open, request);
    emitter.off('advanced', request.advance, request);
    emitter.off('advanced', request.logAdvance, request);
    emitter.off('finished', request.finish, request);
    bus.off('announced', request.announce, request);
  }
}

/** Reaches every request that is still on the bus. */
export function announce() {
  bus.emit('announced', new Announced());
}
