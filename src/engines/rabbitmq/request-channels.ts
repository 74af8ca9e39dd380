/** Channels for requests. Each has one user at a time and is kept for the next one: opening and closing a channel are two requests of their own. */
import type { Channel, ChannelModel } from 'amqplib';

/** The reply code of AMQP 0-9-1 for a queue that does not exist. */
const NOT_FOUND = 404;

/** How many channels of a connection are kept while nobody uses them. */
const KEPT = 16;

/** What is free, of each connection. */
const free = /* @__PURE__ */ new WeakMap<ChannelModel, Channel[]>();

/** Uses a channel for a few requests; the server closes it if one of them fails. */
export async function onChannel<T>(
  model: ChannelModel,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channels = freeChannels(model);
  const channel = channels.pop() ?? (await openChannel(model));
  const answer = await use(channel);
  if (channels.length < KEPT) channels.push(channel);
  else await channel.close();
  return answer;
}

/** Whether a request failed because there is no such queue. */
export function isNotFound(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === NOT_FOUND;
}

function freeChannels(model: ChannelModel): Channel[] {
  const known = free.get(model);
  if (known !== undefined) return known;
  const channels: Channel[] = [];
  free.set(model, channels);
  return channels;
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  // Whoever asks is told by the answer to the request.
  channel.on('error', () => undefined);
  return channel;
}
