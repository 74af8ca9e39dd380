/** Sources with the decorators that NestJS needs, compiled for a project that has no compiler. */
import { transform } from '@swc/core';

export async function compiledForNest(source: string): Promise<string> {
  const { code } = await transform(source, {
    configFile: false,
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
    },
    module: { type: 'es6' },
  });
  return code;
}
