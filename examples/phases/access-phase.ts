/** The first phase: who asks, whether they may, and what they wish. It answers nothing; it tells what it found. */
import type { IncomingHttpHeaders } from 'node:http';
import { Emits, ScopedEmitter } from 'carillon';
import { inject, injectable } from 'inversify';
import { Callers } from './callers.js';
import { AllowanceTaken, Authenticated, LanguageWished, Refused } from './found.js';

@injectable()
export class AccessPhase {
  constructor(
    @inject(ScopedEmitter) private readonly emitter: ScopedEmitter,
    @inject(Callers) private readonly callers: Callers,
  ) {}

  @Emits([Authenticated, AllowanceTaken, LanguageWished, Refused])
  check(headers: IncomingHttpHeaders): void {
    const user = this.callers.identify(headers.authorization);
    if (user === undefined) {
      this.emitter.emit(new Refused(401, 'nobody is known by that token'));
      return;
    }
    this.emitter.emit(new Authenticated(user));
    const left = this.callers.take(user);
    if (left < 0) this.emitter.emit(new Refused(429, 'the allowance is used up'));
    else this.emitter.emit(new AllowanceTaken(left));
    this.emitter.emit(new LanguageWished(headers['accept-language'] ?? 'en'));
  }
}
