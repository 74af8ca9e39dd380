/** The last phase: built when the response is written, it hears by replay what the others found, and tells the application. */
import { Emits, EventBus, On } from 'carillon';
import { inject, injectable } from 'inversify';
import { Answered, Authenticated, Refused } from './found.js';

@injectable()
export class LogPhase {
  #user = 'nobody';
  #status = 200;

  constructor(@inject(EventBus) private readonly bus: EventBus) {}

  @On(Authenticated, { replay: true })
  noteUser({ user }: Authenticated): void {
    this.#user = user;
  }

  @On(Refused, { replay: true })
  noteRefusal({ status }: Refused): void {
    this.#status = status;
  }

  @Emits(Answered, { by: 'publish' })
  async write(): Promise<void> {
    await this.bus.publish(new Answered(this.#status, this.#user));
  }
}
