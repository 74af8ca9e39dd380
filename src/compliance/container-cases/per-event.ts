/** Cases: classes that are built for each event. */
import { Subscribe } from '../../../decorators/handlers.js';
import { Listener } from '../../../decorators/listener.js';
import type { ContainerWorld, ServiceClass, TestedContainer } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate } from '../waiting.js';
import { listener, Rang, ring } from './services.js';

/** A class with one handler that is built for each event; counts how often. */
function perEvent(
  hear: (event: Rang) => unknown,
  decorate?: ReturnType<typeof Subscribe<typeof Rang>>,
) {
  const counted = { built: 0 };
  class PerEvent extends (decorate === undefined ? listener(hear) : listener(hear, decorate)) {
    constructor() {
      super();
      counted.built += 1;
    }
  }
  (Listener({ activation: 'event' }) as (service: ServiceClass) => void)(PerEvent);
  return { counted, serviceClass: PerEvent as ServiceClass };
}

function open({ scope }: TestedContainer): number {
  return scope.children.length;
}

export const perEventCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title:
      'W10 a class that is activated per event is never built ahead of time, and built again for each event',
    needs: ['perEvent'],
    async run(world) {
      const root = world.root();
      const heard: string[] = [];
      const { counted, serviceClass } = perEvent(({ note }) => heard.push(note));
      root.bind('billing', { class: serviceClass, lifetime: 'singleton' });
      await root.start();
      const before = counted.built;

      ring(root, 'one');
      ring(root, 'two');
      await world.settle();

      expect({ before, built: counted.built, heard }).toEqual({
        before: 0,
        built: 2,
        heard: ['one', 'two'],
      });
    },
  },
  {
    title: 'W10 the scope of a delivery is open until the handler has settled',
    needs: ['perEvent'],
    async run(world) {
      const root = world.root();
      const finish = new Gate();
      const { serviceClass } = perEvent(() => finish.promise);
      root.bind('billing', { class: serviceClass, lifetime: 'transient' });

      ring(root);
      await world.settle();
      const during = open(root);
      finish.open();
      await world.settle();

      expect({ during, open: open(root) }).toEqual({ during: 1, open: 0 });
    },
  },
  {
    title: 'W10 the scope of a delivery ends also where the handler or the constructor failed',
    needs: ['perEvent'],
    async run(world) {
      const root = world.root();
      const failing = perEvent(async () => {
        throw new Error('cracked');
      });
      class Unbuilt extends listener(() => undefined) {
        constructor() {
          super();
          throw new Error('never built');
        }
      }
      (Listener({ activation: 'event' }) as (service: ServiceClass) => void)(Unbuilt);
      root.bind('failing', { class: failing.serviceClass, lifetime: 'singleton' });
      root.bind('unbuilt', { class: Unbuilt, lifetime: 'singleton' });
      await root.start();

      ring(root);
      await world.settle();

      expect(world.codes).toEqual(['CAR4001', 'CAR4001']);
      expect(open(root)).toBe(0);
    },
  },
  {
    title:
      'W10 the dependencies of such a class are built for the delivery, and those bound above are shared',
    needs: ['perEvent', 'injection'],
    async run(world) {
      const root = world.root();
      const steps: string[] = [];
      class Work {
        constructor() {
          steps.push('work');
        }
      }
      class Shared {
        constructor() {
          steps.push('shared');
        }
      }
      class Billing extends listener(() => steps.push('heard')) {
        constructor(...held: object[]) {
          super();
          steps.push(`${held.length} held`);
        }
      }
      (Listener({ activation: 'event' }) as (service: ServiceClass) => void)(Billing);
      root.bind('work', { class: Work, lifetime: 'transient' });
      root.bind('shared', { class: Shared, lifetime: 'singleton' });
      root.bind('billing', { class: Billing, lifetime: 'transient', needs: ['work', 'shared'] });

      ring(root);
      ring(root);
      await world.settle();

      expect(steps.filter((step) => step === 'shared')).toHaveLength(1);
      expect(steps.filter((step) => step !== 'shared')).toEqual([
        'work',
        '2 held',
        'heard',
        'work',
        '2 held',
        'heard',
      ]);
    },
  },
  {
    title:
      'W10 is so for what is published as well, and L2 the end of the application waits for it',
    needs: ['perEvent'],
    async run(world) {
      const root = world.root();
      const finish = new Gate();
      const steps: string[] = [];
      const { counted, serviceClass } = perEvent(async () => {
        await finish.promise;
        steps.push('done');
      }, Subscribe(Rang));
      root.bind('billing', { class: serviceClass, lifetime: 'singleton' });
      await root.start();
      await root.facade().events.publish(new Rang());
      await world.settle();

      const stopping = root.stop().then(() => steps.push('stopped'));
      await world.settle();
      finish.open();
      await stopping;

      expect({ built: counted.built, steps }).toEqual({ built: 1, steps: ['done', 'stopped'] });
    },
  },
];
