/** Finds what has been listed. */
import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import type { TitleListed } from './catalogue.js';

@Injectable()
export class Search {
  readonly titles: string[] = [];

  @OnEvent('title.listed')
  list({ title }: TitleListed): void {
    this.titles.push(title);
  }
}
