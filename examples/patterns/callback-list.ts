/** A callback list: plain functions behind one typed event, each with its own undoing, and no container in sight of them. */
import 'reflect-metadata';
import { defineEvent, ScopedEmitter } from 'carillon';
import { events } from 'carillon/inversify';
import { Container } from 'inversify';

const VolumeChanged = defineEvent<number>('volume-changed');

const container = new Container();
container.register(events());
const emitter = container.get(ScopedEmitter);

const offMeter = emitter.on(VolumeChanged, (volume) => console.log(`meter shows ${volume}`));
emitter.on(VolumeChanged, (volume) =>
  console.log(volume > 10 ? 'neighbours wake' : 'neighbours sleep'),
);

emitter.emit(VolumeChanged, 3);
offMeter();
emitter.emit(VolumeChanged, 11);
console.log(`${emitter.listenerCount(VolumeChanged)} callback left`);
