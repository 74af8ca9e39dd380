/** Calls the handler with lists of events. */
import type { Handler } from '../dispatch/handler.js';
import { processedTogether } from '../dispatch/processing.js';
import { REPORTING, Run, type RunSink, type Starter } from '../dispatch/run.js';
import { Alarm } from './alarm.js';
import { HeldRun, type Pacer } from './held-run.js';

interface BatchBounds {
  readonly size: number;
  /** Milliseconds. */
  readonly within: number;
}

/** From the call on, the runs of a list are one run; its result is that of each of them. */
export class BatchPacer implements Pacer {
  readonly #handler: Handler;
  readonly #bounds: BatchBounds;
  readonly #call: Starter;
  readonly #held: HeldRun[] = [];
  #alarm: Alarm | undefined;

  constructor(handler: Handler, bounds: BatchBounds, call: Starter) {
    this.#handler = handler;
    this.#bounds = bounds;
    this.#call = call;
  }

  add(run: Run): Promise<unknown> {
    const held = new HeldRun(run);
    this.#held.push(held);
    if (this.#held.length >= this.#bounds.size) this.#release();
    else
      this.#alarm ??= new Alarm(this.#handler.owner.runtime.clock, this.#bounds.within, () =>
        this.#release(),
      );
    return held.outcome;
  }

  stop(): readonly HeldRun[] {
    this.#alarm?.end();
    return this.#held.splice(0);
  }

  #release(): void {
    this.#alarm?.end();
    this.#alarm = undefined;
    const batch = this.#held.splice(0);
    const { owner } = this.#handler;
    const { target, deliveryContext, snapshot } = (batch.at(-1) as HeldRun).run;
    const payloads = batch.map(({ run }) => run.payload);
    const run = new Run(this.#handler, target, payloads, deliveryContext, sinkOf(batch), 0);
    run.continueIn(snapshot);
    owner.runStarted(run);
    for (const one of batch) owner.runSettled(one.run);
    const outcome = new Promise((resolve) => resolve(this.#enter(run, batch)));
    outcome.then(
      (value) => {
        owner.runSettled(run);
        if (!run.abandoned) run.sink.fulfilled(run, value);
      },
      (error: unknown) => {
        owner.runSettled(run);
        if (!run.abandoned) run.sink.rejected(run, error);
      },
    );
  }

  #enter(run: Run, batch: readonly HeldRun[]): unknown {
    const { context, telemetry } = this.#handler.owner.runtime;
    const call = () => context.enter(run, this.#call);
    if (telemetry === undefined) return call();
    const contexts = batch.map((held) => held.run.deliveryContext);
    return processedTogether(telemetry, this.#handler, contexts, call);
  }
}

/** An error that no caller waits for is reported once, not for each event. */
function sinkOf(batch: readonly HeldRun[]): RunSink {
  const reporter = batch.find(({ run }) => run.sink === REPORTING);
  return {
    fulfilled(_, value) {
      for (const one of batch) one.settle(() => value);
    },
    rejected(_, error) {
      for (const one of batch) {
        if (one.run.sink === REPORTING && one !== reporter) one.passOver();
        else one.settle(() => Promise.reject(error));
      }
    },
  };
}
