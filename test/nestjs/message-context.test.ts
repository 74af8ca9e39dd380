/** A message of a transport that the program has written itself. */
import { describe, expect, it } from '@jest/globals';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { lastValueFrom, of } from 'rxjs';
import { AdapterApplication } from '../../src/application/adapter-application.js';
import { Contexts } from '../../src/containers/nestjs/contexts.js';
import { ScopeInterceptor } from '../../src/containers/nestjs/interceptor.js';

describe('the scope of a message', () => {
  it.each([undefined, 'a topic'])('is none where its context is %p', async (given) => {
    const interceptor = new ScopeInterceptor(new Contexts(new AdapterApplication({})));
    const context = new ExecutionContextHost(['data', given]);
    context.setType('rpc');

    const answer = interceptor.intercept(context, { handle: () => of('answered') });

    expect(await lastValueFrom(answer)).toBe('answered');
  });
});
