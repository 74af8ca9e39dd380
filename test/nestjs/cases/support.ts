/** What the cases of both versions of NestJS have in common. They run in Jest on NestJS 12, and as a program on NestJS 11. */
import type { INestApplicationContext, Type } from '@nestjs/common';
import { Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CarillonError } from 'carillon';
import { Carillon, CarillonModule, type CarillonModuleOptions } from 'carillon/nestjs';

/** Sentences with the programs that prove them. */
export type Cases = Readonly<Record<string, () => Promise<void>>>;

/** What was reported, and what was heard, of one program. */
export class Log {
  readonly heard: string[] = [];
  readonly errors: CarillonError[] = [];

  get codes(): string[] {
    return this.errors.map(({ code }) => code);
  }

  readonly options: CarillonModuleOptions = {
    onError: (error) => void this.errors.push(error),
  };
}

/** A module with Carillon and those providers. */
export function moduleOf(metadata: ModuleMetadata, options?: CarillonModuleOptions): Type<unknown> {
  class AppModule {}
  const imports = [CarillonModule.forRoot(options), ...(metadata.imports ?? [])];
  Module({ ...metadata, imports })(AppModule);
  return AppModule;
}

/** An application without a server. */
export async function contextOf(
  metadata: ModuleMetadata,
  options?: CarillonModuleOptions,
): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(moduleOf(metadata, options), { logger: false });
}

/** How many handlers are alive. */
export function handlersOf(app: INestApplicationContext): number {
  return app.get(Carillon).census().handlers;
}
