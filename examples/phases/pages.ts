/** Where the pages come from. */
import { inject, injectable } from 'inversify';
import { Crowd } from './crowd.js';

const GREETINGS: Readonly<Record<string, string>> = { en: 'Good morning', de: 'Guten Morgen' };

@injectable()
export class Pages {
  reads = 0;

  constructor(@inject(Crowd) private readonly crowd: Crowd) {}

  async read(user: string, language: string): Promise<string> {
    this.reads += 1;
    await this.crowd.pass();
    return `${GREETINGS[language] ?? GREETINGS['en']}, ${user}.\n`;
  }
}
