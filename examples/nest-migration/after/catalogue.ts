/** What the shop sells. It is announced when the module starts. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Emits, Events } from 'carillon';

export class TitleListed {
  constructor(readonly title: string) {}
}

@Injectable()
export class Catalogue implements OnModuleInit {
  constructor(private readonly events: Events) {}

  @Emits(TitleListed)
  onModuleInit(): void {
    this.events.emit(new TitleListed('Bells'));
  }
}
