/** Cases: the start of an application, and its end by `stop`. */
import { Deferred, On, Subscribe } from '../../../decorators/handlers.js';
import { hostOf } from '../../testing/container-host.js';
import type { ContainerWorld } from '../container-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate } from '../waiting.js';
import {
  Bell,
  build,
  buildBell,
  handles,
  listener,
  listeners,
  Rang,
  ring,
  Tower,
} from './services.js';

export const startCases: readonly SuiteCase<ContainerWorld>[] = [
  {
    title: 'W9 a class that nobody has resolved hears nothing until start() builds it',
    async run(world) {
      const root = world.root();
      const heard: string[] = [];
      root.bind('bell', {
        class: listener(({ note }: Rang) => heard.push(note)),
        lifetime: 'singleton',
      });

      ring(root, 'before');
      await root.start();
      ring(root, 'after');

      expect(heard).toEqual(['after']);
    },
  },
  {
    title:
      'W9 start() builds every bound singleton with handlers once, in binding order, and nothing else',
    async run(world) {
      const root = world.root();
      const built: string[] = [];
      const bell = (name: string) =>
        class extends Bell {
          constructor() {
            super();
            built.push(name);
          }
        };
      class Silent {
        constructor() {
          built.push('silent');
        }
      }
      root.bind('first', { class: bell('first'), lifetime: 'singleton' });
      root.bind('silent', { class: Silent, lifetime: 'singleton' });
      root.bind('transient', { class: bell('transient'), lifetime: 'transient' });
      root.bind('second', { class: bell('second'), lifetime: 'singleton' });
      root.bind('resolved', { class: bell('resolved'), lifetime: 'singleton' });
      root.get('resolved');

      const report = await root.start();
      await root.start();

      expect(built).toEqual(['resolved', 'first', 'second']);
      expect(report.built.filter((service) => service !== 'resolved')).toEqual(['first', 'second']);
      expect(listeners(root)).toBe(3);
    },
  },
  {
    title: 'W9 start() reports each class that fails, and builds the others all the same',
    async run(world) {
      const root = world.root();
      class Broken extends Bell {
        constructor() {
          super();
          throw new Error('cracked');
        }
      }
      root.bind('broken', { class: Broken, lifetime: 'singleton' });
      root.bind('bell', { class: Bell, lifetime: 'singleton' });

      const { built, failed } = await root.start();

      expect(built).toEqual(['bell']);
      expect(failed.map(({ service }) => service)).toEqual(['broken']);
      expect(world.codes).toEqual(['CAR2002']);
      expect(listeners(root)).toBe(1);
    },
  },
  {
    title:
      'E13 events sent before start() has finished are kept, and delivered in order once it has',
    async run(world) {
      const root = world.root({ beforeStart: 'keep' });
      const heard: string[] = [];
      const hear = ({ note }: Rang) => heard.push(note);
      class Eager extends listener(hear) {
        constructor() {
          super();
          ring(root, 'while it starts');
        }
      }
      root.bind('eager', { class: Eager, lifetime: 'singleton' });
      root.bind('subscriber', { class: listener(hear, Subscribe(Rang)), lifetime: 'singleton' });

      ring(root, 'before');
      await root.facade().events.publish(new Rang('published'));
      const early = [...heard];
      await root.start();
      ring(root, 'after');

      expect(early).toEqual([]);
      expect(heard).toEqual(['before', 'published', 'while it starts', 'after']);
    },
  },
  {
    title: 'E13 without beforeStart, events sent while start() runs are kept until it has finished',
    async run(world) {
      const root = world.root();
      const heard: string[] = [];
      class Eager extends Bell {
        constructor() {
          super();
          ring(root, 'while it starts');
        }
      }
      root.bind('eager', { class: Eager, lifetime: 'singleton' });
      root.bind('late', {
        class: listener(({ note }: Rang) => heard.push(note)),
        lifetime: 'singleton',
      });

      await root.start();

      expect(heard).toEqual(['while it starts']);
    },
  },
  {
    title: 'W9 start() also builds what is asynchronous',
    needs: ['async', 'activation'],
    async run(world) {
      const root = world.root();
      root.bind('bell', {
        class: Bell,
        lifetime: 'singleton',
        activation: async (bell) => {
          await Promise.resolve();
          return bell;
        },
      });

      const { built } = await root.start();

      expect({ built, listeners: listeners(root) }).toEqual({ built: ['bell'], listeners: 1 });
    },
  },
  {
    title: 'W9 @Subscribe and @Deferred are wired as @On is',
    async run(world) {
      const root = world.root();
      const heard: string[] = [];
      class Listener {
        hear(): void {
          heard.push('emitted');
        }
        receive(): void {
          heard.push('published');
        }
        work(): void {
          heard.push('deferred');
        }
      }
      handles(Listener, 'hear', On(Rang));
      handles(Listener, 'receive', Subscribe(Rang));
      handles(Listener, 'work', Deferred(Rang));
      root.bind('listener', { class: Listener, lifetime: 'singleton' });
      await root.start();
      const { events } = root.facade();

      events.emit(new Rang());
      await events.publish(new Rang());
      await events.defer(new Rang());
      await world.clock.advance(1);

      expect(heard).toEqual(['emitted', 'published', 'deferred']);
    },
  },
  {
    title: 'L16 the end during start() is waited for or cancels it: nothing is wired after it',
    needs: ['async', 'factory'],
    async run(world) {
      const root = world.root();
      const open = new Gate();
      let isNextBuilt = false;
      class Next extends Bell {
        constructor() {
          super();
          isNextBuilt = true;
        }
      }
      root.bind('slow', {
        factory: () => open.promise.then(() => new Bell()),
        lifetime: 'singleton',
      });
      root.bind('bell', {
        factory: () => open.promise.then(() => new Next()),
        lifetime: 'singleton',
      });

      const starting = root.start().catch(() => undefined);
      const stopping = root.stop();
      open.open();
      await Promise.all([starting, stopping]);
      await world.settle();

      expect([isNextBuilt && listeners(root) > 0, root.scope.state]).toEqual([false, 'ended']);
      expect(hostOf(root.container).application.handlers()).toHaveLength(0);
    },
  },
  {
    title:
      'L16 a start that failed half-way leaves nothing of the class behind, and can be tried again',
    async run(world) {
      const root = world.root();
      let isBroken = true;
      class Fragile extends Bell {
        constructor() {
          super();
          if (isBroken) throw new Error('cracked');
        }
      }
      root.bind('bell', { class: Fragile, lifetime: 'singleton' });
      const first = await root.start();
      const between = listeners(root);

      isBroken = false;
      const second = await root.start();

      expect({
        firstBuilt: first.built,
        between,
        secondBuilt: second.built,
        listeners: listeners(root),
      }).toEqual({ firstBuilt: [], between: 0, secondBuilt: ['bell'], listeners: 1 });
    },
  },
  {
    title: 'L17 stop() leaves no handler, no scope and no timer',
    async run(world) {
      const root = world.root();
      const child = root.child();
      for (const one of [root, child]) {
        buildBell(one);
        build(
          one,
          'subscriber',
          listener(() => undefined, Subscribe(Rang)),
        );
        build(
          one,
          'worker',
          listener(() => undefined, Deferred(Rang)),
        );
        build(one, 'tower', Tower);
      }
      await root.start();
      await root.facade().events.publish(new Rang());
      await root.facade().events.defer(new Rang());

      const stopping = root.stop();
      await world.clock.advance(10);
      await stopping;

      const { application } = hostOf(root.container);
      expect(application.handlers()).toHaveLength(0);
      expect([child, root].map(({ scope }) => scope.state)).toEqual(['ended', 'ended']);
      expect(application.scope.children).toHaveLength(0);
      expect(world.clock.pending).toBe(0);
    },
  },
];
