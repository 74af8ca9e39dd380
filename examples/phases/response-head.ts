/** The head of the response: built before the first phase, it hears what each of them finds. */
import type { OutgoingHttpHeaders } from 'node:http';
import { On } from 'carillon';
import { injectable } from 'inversify';
import { AllowanceTaken, LanguageWished, Refused } from './found.js';

@injectable()
export class ResponseHead {
  status = 200;
  readonly headers: OutgoingHttpHeaders = { 'content-type': 'text/plain; charset=utf-8' };

  @On(AllowanceTaken)
  showAllowance({ left }: AllowanceTaken): void {
    if (left < Number.POSITIVE_INFINITY) this.headers['x-allowance-left'] = left;
  }

  @On(LanguageWished)
  showLanguage({ language }: LanguageWished): void {
    this.headers['content-language'] = language;
  }

  @On(Refused)
  refuse({ status }: Refused): void {
    this.status = status;
  }
}
