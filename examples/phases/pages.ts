/** Where the pages come from. */
import { Emits, EventBus } from 'carillon';
import { inject, injectable } from 'inversify';
import { Crowd } from './crowd.js';
import { PagesChanged } from './found.js';

const GREETINGS: Readonly<Record<string, string>> = { en: 'Good morning', de: 'Guten Morgen' };

@injectable()
export class Pages {
  reads = 0;

  constructor(
    @inject(Crowd) private readonly crowd: Crowd,
    @inject(EventBus) private readonly bus: EventBus,
  ) {}

  async read(user: string, language: string): Promise<string> {
    this.reads += 1;
    await this.crowd.pass();
    return `${GREETINGS[language] ?? GREETINGS['en']}, ${user}.\n`;
  }

  /** Tells everybody who is writing a page that it is out of date. */
  @Emits(PagesChanged, { by: 'publish' })
  async change(): Promise<void> {
    await this.bus.publish(new PagesChanged());
  }
}
