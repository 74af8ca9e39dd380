/** The core's tests in a browser. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { bundleForBrowser, launchBrowser, openPage, withBrowser } from '../support/browser.js';

const TESTS = [
  'bus/event-bus',
  'contract/policies',
  'contract/used-again',
  'dispatch/emitter',
  'dispatch/function-handlers',
  'dispatch/peers',
  'dispatch/waiting',
  'queue/fifo',
  'scheduler/waits',
];

/** What the tests' own clock asks of Node. */
const PLATFORM = `
globalThis.setImmediate ??= (action) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    action();
  };
  port2.postMessage(undefined);
};`;

const PROGRAM = `
import 'reflect-metadata';
import { runTests } from './test/support/browser-suite.js';
${TESTS.map((name) => `import './test/${name}.test.js';`).join('\n')}
globalThis.runTests = runTests;`;

interface Outcome {
  readonly passed: number;
  readonly failed: readonly string[];
}

withBrowser(() => {
  describe('in a browser', () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launchBrowser();
    });

    afterAll(() => browser.close());

    it('the core does what its tests say', async () => {
      const page = await openPage(browser);
      const broken: string[] = [];
      page.on('pageerror', ({ message }) => broken.push(message));
      await page.addScriptTag({ content: PLATFORM });
      await page.addScriptTag({
        content: await bundleForBrowser(PROGRAM, {
          '@jest/globals': 'test/support/browser-suite.ts',
        }),
      });

      expect(broken).toEqual([]);
      const { passed, failed } = await page.evaluate(() =>
        (globalThis as unknown as { runTests(): Promise<Outcome> }).runTests(),
      );

      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThan(100);
    });

    it('a bridge brings what an element dispatches, until its scope ends', async () => {
      const page = await openPage(browser);
      const program = `
        import { createScope, defineEvent, fromEventTarget } from 'carillon';
        const Clicked = defineEvent('clicked');
        const scope = createScope();
        const button = document.body.appendChild(document.createElement('button'));
        const heard = [];
        fromEventTarget(scope, button, 'click', { event: Clicked, read: ({ target }) => target.tagName });
        scope.emitter.on(Clicked, (tag) => heard.push(tag));
        button.click();
        scope.dispose();
        button.click();
        globalThis.heard = heard;`;
      await page.addScriptTag({ content: await bundleForBrowser(program) });

      const heard = await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);

      expect(heard).toEqual(['BUTTON']);
    });
  });
});
