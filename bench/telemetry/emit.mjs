/** An emit to one handler, in a process of its own: `node bench/telemetry/emit.mjs [none|loaded|used]`: the packages of OpenTelemetry absent, loaded, or used. */
import 'reflect-metadata';
import { ScopedEmitter } from 'carillon';
import { events, stop } from 'carillon/inversify';
import { Container } from 'inversify';

const [mode = 'none'] = process.argv.slice(2);
const loaded = mode === 'none' ? undefined : await import('carillon/opentelemetry');
const telemetry = mode === 'used' ? loaded?.openTelemetry() : undefined;

const container = new Container();
container.register(events(telemetry === undefined ? {} : { telemetry }));
const emitter = container.get(ScopedEmitter);
let heard = 0;
emitter.on('tick', () => {
  heard += 1;
});
let best = Number.POSITIVE_INFINITY;
for (let pass = 0; pass < 20; pass += 1) {
  const begun = process.hrtime.bigint();
  for (let n = 0; n < 1e6; n += 1) emitter.emit('tick', n);
  best = Math.min(best, Number(process.hrtime.bigint() - begun) / 1e6);
}
if (heard !== 20e6) throw new Error(`${heard} were heard`);
console.log(`emit, telemetry ${mode}: ${best.toFixed(2)} ns`);
await stop(container);
