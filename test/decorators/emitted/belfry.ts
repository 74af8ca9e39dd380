/** Classes with handlers of every kind, as a compiler gets them: with standard decorators, and with legacy ones. */
import type * as carillon from 'carillon';

export class Rang {
  constructor(readonly loudness = 1) {}
}

export class Broke {}

const secret = Symbol('secret');

export function belfry({ Deferred, On, Once, Subscribe }: typeof carillon, log: string[]) {
  class Tower {
    readonly name: string = 'tower';

    @On(Rang, { priority: 1 })
    first(event: Rang) {
      log.push(`${this.name} first ${event.loudness}`);
    }

    @On(Rang)
    kept() {
      log.push(`${this.name} kept`);
    }

    @On(Rang)
    @On(Broke)
    replaced() {
      log.push(`${this.name} replaced`);
    }

    @On([Rang, Broke])
    either(event: Rang | Broke) {
      log.push(`${this.name} either ${event.constructor.name}`);
    }

    @Once(Broke)
    protected once() {
      log.push(`${this.name} once`);
    }

    @Subscribe('bell.*')
    async bus(payload: unknown) {
      log.push(`${this.name} bus ${payload}`);
    }

    @Deferred('bell', { queue: 'belfry' })
    queue(payload: unknown) {
      log.push(`${this.name} queue ${payload}`);
    }

    @On(Rang)
    [secret]() {
      log.push(`${this.name} secret`);
    }
  }

  class Spire extends Tower {
    override readonly name: string = 'spire';

    override kept() {
      super.kept();
      log.push('spire kept it');
    }

    @On(Broke)
    override replaced() {
      super.replaced();
    }

    @On(Rang, { priority: 2 })
    own() {
      log.push('spire own');
    }
  }

  return { Tower, Spire };
}
