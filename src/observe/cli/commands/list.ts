/** `carillon list [event]`: the events, who hears them and who sends them. */
import { defineCommand } from 'citty';
import type { TopologyEvent, TopologyHandler } from '../../index.js';
import { eventText, nameOf, placeText, type Sender, Ways } from '../../ways.js';
import type { Colors } from '../console.js';
import { FINDINGS } from '../exit-codes.js';
import { PROJECT_ARGS, readProject } from '../project.js';

export const list = defineCommand({
  meta: { name: 'list', description: 'List the events, who hears them and who sends them' },
  args: {
    event: {
      type: 'positional',
      description: 'Only this event: its name or type',
      required: false,
    },
    ...PROJECT_ARGS,
  },
  async run({ args }) {
    const { topology, console } = await readProject(args);
    const ways = new Ways(topology);
    const events = args.event === undefined ? topology.events : ways.eventsNamed(args.event);
    if (args.json)
      console.json(
        events.map((event) => ({
          ...event,
          heardBy: ways.hearersOf(event).map(({ id }) => id),
          sentBy: ways.sendersOf(event).map(({ emitter }) => emitter.id),
        })),
      );
    else for (const event of events) console.text(eventLines(ways, event, console.colors));
    if (events.length > 0) return;
    console.note(args.event === undefined ? 'No events.' : `No event is called ${args.event}.`);
    if (args.event !== undefined) process.exitCode = FINDINGS;
  },
});

function eventLines(ways: Ways, event: TopologyEvent, colors: Colors): string {
  const hearers = ways.hearersOf(event);
  const senders = ways.sendersOf(event);
  return [
    colors.bold(eventText(event)),
    ...(hearers.length === 0 && event.kind !== 'timer' ? [colors.yellow('  heard by nobody')] : []),
    ...hearers.map((handler) => `  heard by ${hearerText(handler)}`),
    ...senders.map((sender) => `  sent by ${senderText(sender)}`),
  ].join('\n');
}

function hearerText(handler: TopologyHandler): string {
  const { verb, queue, group, attempts = 1 } = handler;
  const facts = [
    `@${verb}`,
    ...(queue === undefined ? [] : [`queue ${queue.slice('queue:'.length)}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ];
  return [`${nameOf(handler)}, ${facts.join(', ')}`, placeText(handler)].filter(Boolean).join('  ');
}

function senderText({ emitter, by, known }: Sender): string {
  const how = known === 'both' ? 'declared and observed' : known;
  return [`${nameOf(emitter)}, ${by}, ${how}`, placeText(emitter)].filter(Boolean).join('  ');
}
