/** The process that plays GitHub: sends what is planned, many at a time, and tells its parent what was answered. */
import { Agent } from 'node:http';
import { planShipments, type Shipment } from './plan.js';
import { type Answer, send } from './send.js';

const AT_ONCE = 24;

const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = process.env;
if (!url || !secret || !process.send)
  throw new Error('this is started by the rehearsal, with WEBHOOK_URL and WEBHOOK_SECRET');

const answers = await sendAll(url, await planShipments(secret));
process.send(answers, () => process.disconnect());

async function sendAll(target: string, shipments: readonly Shipment[]): Promise<readonly Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const answers: Answer[] = [];
  const queue = shipments.values();
  const work = async () => {
    for (const shipment of queue) answers.push(await send(target, shipment, agent));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  agent.destroy();
  return answers;
}
