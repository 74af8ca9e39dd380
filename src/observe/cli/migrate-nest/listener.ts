/** One `@OnEvent` method that can be moved. */
import type ts from '@typescript/typescript6';
import type { NestFile } from './nest-file.js';

export interface Listener {
  readonly file: NestFile;
  readonly call: ts.CallExpression;
  readonly method: ts.MethodDeclaration;
  /** Of the event, or a pattern. */
  readonly name: string;
  /** 1 where it came before the others; -1 for a pattern: EventEmitter2 calls listeners of the name first. */
  readonly priority: -1 | 0 | 1;
}
