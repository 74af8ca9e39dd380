/** Sends receipts, which takes a while. */
import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { PostOffice } from '../post-office.js';
import type { OrderPlaced } from './checkout.js';

@Injectable()
export class Mail {
  readonly sent: string[] = [];

  constructor(private readonly post: PostOffice) {}

  @OnEvent('order.placed')
  async sendReceipt({ id }: OrderPlaced): Promise<void> {
    await this.post.take();
    this.sent.push(id);
  }
}
