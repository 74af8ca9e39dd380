/** The payloads that GitHub's own documentation is made of, as the package ships them. */
import { createRequire } from 'node:module';

/** One real payload and the event that it belongs to. */
export interface Example {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface Definition {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

/** All of them, in the order of the package. */
export function readExamples(): readonly Example[] {
  const definitions: readonly Definition[] = createRequire(import.meta.url)(
    '@octokit/webhooks-examples',
  );
  return definitions.flatMap(({ name, examples }) =>
    examples.map((payload) => ({ event: name, payload })),
  );
}
