/** Finds what has been listed. */
import { Injectable } from '@nestjs/common';
import { On } from 'carillon';
import { TitleListed } from './catalogue.js';

@Injectable()
export class Search {
  readonly titles: string[] = [];

  @On(TitleListed)
  list({ title }: TitleListed): void {
    this.titles.push(title);
  }
}
