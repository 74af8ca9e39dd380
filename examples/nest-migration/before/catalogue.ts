/** What the shop sells. It is announced when the module starts. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

/** What `title.listed` carries. */
export interface TitleListed {
  readonly title: string;
}

@Injectable()
export class Catalogue implements OnModuleInit {
  constructor(private readonly emitter: EventEmitter2) {}

  onModuleInit(): void {
    this.emitter.emit('title.listed', { title: 'Bells' });
  }
}
