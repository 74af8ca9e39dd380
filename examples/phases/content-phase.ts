/** The second phase: writes the page for whom the first has found, in the language that it has found. */
import { ScopedEmitter, Subscribe } from 'carillon';
import { inject, injectable } from 'inversify';
import { Authenticated, LanguageWished, PagesChanged, Refused } from './found.js';
import { Pages } from './pages.js';

@injectable()
export class ContentPhase {
  #isOutdated = false;

  constructor(
    @inject(ScopedEmitter) private readonly emitter: ScopedEmitter,
    @inject(Pages) private readonly pages: Pages,
  ) {}

  /** A subscriber of the bus, which lives longer than the request: what would be left behind, if it were forgotten. */
  @Subscribe(PagesChanged)
  noteChange(): void {
    this.#isOutdated = true;
  }

  async write(): Promise<string> {
    const [refused] = this.emitter.history(Refused);
    if (refused !== undefined) return `${refused.why}\n`;
    const [{ user } = new Authenticated('nobody')] = this.emitter.history(Authenticated);
    const [{ language } = new LanguageWished('en')] = this.emitter.history(LanguageWished);
    const page = await this.pages.read(user, language);
    return this.#isOutdated ? this.pages.read(user, language) : page;
  }
}
