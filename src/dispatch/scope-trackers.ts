/** Following the scopes of a running application, beside whoever follows them already. */
import { without } from './pairs.js';
import type { HandlerOwner, Runtime, ScopeTracker } from './runtime.js';

/** Follows each scope that is opened from now on; returns what ends that. */
export function addScopeTracker(runtime: Runtime, tracker: ScopeTracker): () => void {
  const before = runtime.leaks;
  runtime.leaks = before === undefined ? tracker : new ScopeTrackers(before, tracker);
  return () => {
    runtime.leaks = without(runtime.leaks, tracker, ScopeTrackers);
  };
}

class ScopeTrackers implements ScopeTracker {
  constructor(
    readonly first: ScopeTracker,
    readonly second: ScopeTracker,
  ) {}

  opened(scope: HandlerOwner): void {
    this.first.opened(scope);
    this.second.opened(scope);
  }

  owns(scope: HandlerOwner, instance: object): void {
    this.first.owns(scope, instance);
    this.second.owns(scope, instance);
  }

  ended(scope: HandlerOwner): void {
    this.first.ended(scope);
    this.second.ended(scope);
  }
}
