/** For `npx carillon`: Nest builds the shop, and neither starts it nor listens. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Carillon } from 'carillon/nestjs';
import { ShopModule } from './after/shop.js';

export async function container(): Promise<Carillon> {
  const app = await NestFactory.create(ShopModule, { logger: false });
  return app.get(Carillon);
}
