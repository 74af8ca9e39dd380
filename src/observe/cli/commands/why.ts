/** `carillon why <Class|Event>`: why a handler is called, or is not. */
import { defineCommand } from 'citty';
import type { Topology, TopologyEvent, TopologyHandler, TopologyService } from '../../index.js';
import { callOf, eventText, nameOf, placeText, Ways } from '../../ways.js';
import { FINDINGS } from '../exit-codes.js';
import { PROJECT_ARGS, readProject } from '../project.js';

/** What the command has found out about one class or event. */
interface Answer {
  readonly subject: string;
  readonly lines: readonly string[];
}

export const why = defineCommand({
  meta: {
    name: 'why',
    description: 'Say why the handlers of a class or an event are called, or are not',
  },
  args: {
    subject: { type: 'positional', description: 'A class, or an event', required: true },
    ...PROJECT_ARGS,
  },
  async run({ args }) {
    const { topology, console } = await readProject(args);
    const answers = answersOf(topology, args.subject);
    if (args.json) console.json(answers);
    else
      for (const { subject, lines } of answers)
        console.text(
          [console.colors.bold(subject), ...lines.map((line) => `  ${line}`)].join('\n'),
        );
    if (answers.length > 0) return;
    console.note(`No class and no event is called ${args.subject}. ${adviceOf(topology)}`);
    process.exitCode = FINDINGS;
  },
});

/** Everything of that name. */
function answersOf(topology: Topology, name: string): readonly Answer[] {
  const ways = new Ways(topology);
  const services = topology.services.filter((service) =>
    [service.className, service.name].includes(name),
  );
  return [
    ...services.map((service) => serviceAnswer(ways, service)),
    ...ways.eventsNamed(name).map((event) => eventAnswer(ways, event)),
  ];
}

function adviceOf({ services }: Topology): string {
  return services.length === 0
    ? 'The container of the config binds nothing.'
    : 'A class is known once the container of the config binds it.';
}

function serviceAnswer(ways: Ways, service: TopologyService): Answer {
  const { id, className, name, lifetime, needs } = service;
  const { handlers, emitters } = ways.topology;
  const own = handlers.filter((handler) => handler.service === id);
  const shown = className === undefined || className === name ? name : `${name}, a ${className}`;
  return {
    subject: `${shown}, ${lifetime}`,
    lines: [
      livesText(service),
      ...(needs.length === 0 ? [] : [`needs ${needs.map((need) => need.name).join(', ')}`]),
      ...own.flatMap((handler) => handlerLines(ways, handler)),
      ...(own.length === 0 ? ['has no handlers'] : []),
      ...emitters
        .filter((emitter) => emitter.service === id)
        .map((emitter) => `${emitter.method} sends ${sentBy(ways, emitter.id)}`),
    ],
  };
}

/** When it hears, by how long it lives. */
function livesText({ lifetime, scope, perEvent }: TopologyService): string {
  const owner = `"${scope.slice('scope:'.length)}"`;
  if (perEvent) return `is built for each event, in a scope of its own below ${owner}`;
  if (lifetime === 'constant') return `hears from start() on, until scope ${owner} ends`;
  if (lifetime === 'singleton')
    return `is built by start() if it has handlers, and hears until scope ${owner} ends or it is unbound`;
  if (lifetime === 'attached') return `is attached, and hears until scope ${owner} ends`;
  return `hears once somebody resolves it, until the scope of the container that was asked ends: start() builds no ${lifetime} service`;
}

function handlerLines(ways: Ways, handler: TopologyHandler): readonly string[] {
  const { verb, method } = handler;
  const event = ways.event(handler.event);
  const senders = ways.sendersFor(handler);
  const place = placeText(handler);
  const head = `${method} hears ${event?.name ?? handler.event} (@${verb})${place === '' ? '' : `  ${place}`}`;
  if (verb === 'Every') return [head, '  called by a timer'];
  return [
    head,
    ...senders.map(
      (sender) => `  ${sender.event.name} is sent by ${nameOf(sender.emitter)} (${sender.by})`,
    ),
    ...(senders.length > 0 ? [] : [silentText(ways, handler)]),
  ];
}

/** Nobody is known to send it in a way that reaches the handler. */
function silentText(ways: Ways, handler: TopologyHandler): string {
  const event = ways.event(handler.event);
  const others = event === undefined ? [] : ways.sendersOf(event);
  const call = callOf(handler);
  if (others.length === 0)
    return `  nobody is known to ${call} it: declare the sender with @Emits, or observe it`;
  const sent = [...new Set(others.map(({ by }) => by))].join(' and ');
  return `  it is only sent by ${sent}, and @${handler.verb} hears ${call}`;
}

function sentBy(ways: Ways, emitter: string): string {
  return ways.topology.edges
    .filter(({ from }) => from === emitter)
    .map(({ to, kind }) => `${ways.event(to)?.name ?? to} (${kind})`)
    .join(', ');
}

function eventAnswer(ways: Ways, event: TopologyEvent): Answer {
  const hearers = ways.hearersOf(event);
  const senders = ways.sendersOf(event);
  return {
    subject: eventText(event),
    lines: [
      ...(event.extends === undefined
        ? []
        : [`is also heard as ${ways.event(event.extends)?.name ?? event.extends}`]),
      ...senders.map(({ emitter, by }) => `${nameOf(emitter)} sends it (${by})`),
      ...(senders.length === 0 && event.kind !== 'timer' ? ['nobody is known to send it'] : []),
      ...hearers.map((handler) => `${nameOf(handler)} hears it (@${handler.verb})`),
      ...(hearers.length === 0 ? ['nobody hears it'] : []),
    ],
  };
}
