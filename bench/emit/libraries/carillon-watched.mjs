/** Carillon's `emit` in a program that has loaded what watches it, and that watches nothing at the moment: there should be no difference. */
import 'carillon/observe';
import 'carillon/opentelemetry';
import 'carillon/node';

export { createEmitter, emitAll } from './carillon.mjs';
