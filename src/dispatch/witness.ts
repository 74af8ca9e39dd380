/** Watching an application that runs: reports and test kits come when it is built already, and go before it ends. */
import type { Runtime, Witness } from './handler-owner.js';

/** Adds a witness beside those that are there; returns what takes it away again. */
export function addWitness(runtime: Runtime, witness: Witness): () => void {
  const before = runtime.witness;
  let isWatching = true;
  runtime.witness = before === undefined ? witness : new Witnesses(before, witness);
  runtime.shallow = -1;
  return () => {
    if (!isWatching) return;
    isWatching = false;
    runtime.witness = without(runtime.witness, witness);
    const { early, overflow } = runtime;
    if ((runtime.witness ?? early ?? overflow) === undefined) runtime.shallow = runtime.depthLimit;
  };
}

/** Tells two of what one is told of. */
class Witnesses implements Witness {
  constructor(
    readonly first: Witness,
    readonly second: Witness,
  ) {}

  called(handler: string): void {
    this.first.called(handler);
    this.second.called(handler);
  }

  unheard(event: string, payload: unknown, scope: string): void {
    this.first.unheard(event, payload, scope);
    this.second.unheard(event, payload, scope);
  }

  sent(...sent: Parameters<NonNullable<Witness['sent']>>): void {
    this.first.sent?.(...sent);
    this.second.sent?.(...sent);
  }
}

/** What is left of the witnesses; they go in any order. */
function without(all: Witness | undefined, witness: Witness): Witness | undefined {
  if (all === witness) return undefined;
  if (!(all instanceof Witnesses)) return all;
  const [first, second] = [without(all.first, witness), without(all.second, witness)];
  if (first === undefined || second === undefined) return first ?? second;
  return new Witnesses(first, second);
}
