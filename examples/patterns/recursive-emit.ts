/** The trap of the recursive emit: a handler that sends the event that it hears. */
import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { defineEvent, ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';

const thermostat = new EventEmitter();
thermostat.on('changed', () => thermostat.emit('changed'));
try {
  thermostat.emit('changed');
} catch (error) {
  console.log(`node:events: ${(error as Error).name}`);
}

const container = new Container();
container.register(events({ depthLimit: 3, onError: (error) => console.log(error.message) }));
const emitter = container.get(ScopedEmitter);

const Changed = defineEvent<number>('changed');
emitter.on(Changed, function heat(degrees) {
  emitter.emit(Changed, degrees + 1);
});
emitter.emit(Changed, 20);

// One after the other instead of one inside the other: each handler sees the values in their order.
const Stepped = defineEvent<number>('stepped', { reentrancy: 'queue' });
emitter.on(Stepped, (step) => {
  if (step < 3) emitter.emit(Stepped, step + 1);
});
emitter.on(Stepped, (step) => console.log(`step ${step}`));
emitter.emit(Stepped, 1);
