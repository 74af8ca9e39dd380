/** Sends receipts, which takes a while: by a queue, which is processed before the application ends. */
import { Injectable } from '@nestjs/common';
import { Deferred } from 'carillon';
import { PostOffice } from '../post-office.js';
import { OrderPlaced } from './checkout.js';

@Injectable()
export class Mail {
  readonly sent: string[] = [];

  constructor(private readonly post: PostOffice) {}

  @Deferred(OrderPlaced, { queue: 'mail' })
  async sendReceipt({ id }: OrderPlaced): Promise<void> {
    await this.post.take();
    this.sent.push(id);
  }
}
