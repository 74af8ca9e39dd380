/** A page of a document, drawn by AsyncAPI's own component. Its web component, 2.6.5, knows no AsyncAPI 3.1 yet. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { asyncApi } from 'carillon/asyncapi';
import type { Browser } from 'playwright-core';
import { createContainer } from '../../examples/webhooks/application.js';
import { Settings } from '../../examples/webhooks/settings.js';
import { launchBrowser, openPage, withBrowser } from '../support/browser.js';
import { PackedPackage } from '../support/package-project.js';

jest.setTimeout(600_000);

const PAGE = `<!doctype html><meta charset="utf-8"><title>AsyncAPI</title>
<link rel="stylesheet" href="/component.css"><div id="page"></div>
<script src="/component.js"></script><script src="/draw.js"></script>`;

const DRAW = `AsyncApiStandalone.render({ schema: { url: '/asyncapi.json' } }, document.getElementById('page'))`;

withBrowser(() => {
  describe('a page of the webhooks example', () => {
    const packed = new PackedPackage();
    let browser: Browser;
    let address = '';
    const server = createServer();

    beforeAll(async () => {
      const project = await packed.install('asyncapi', ['@asyncapi/react-component@3.2.1']);
      const component = join(project.folder, 'node_modules/@asyncapi/react-component');
      const container = createContainer(new Settings('no deliveries are taken'), []);
      const document = asyncApi(container, { info: { title: 'Webhooks', version: '1.0.0' } });
      const files: Record<string, () => string | Buffer> = {
        '/': () => PAGE,
        '/asyncapi.json': () => JSON.stringify(document),
        '/component.js': () => readFileSync(join(component, 'browser/standalone/index.js')),
        '/component.css': () => readFileSync(join(component, 'styles/default.min.css')),
        '/draw.js': () => DRAW,
      };
      const types: Record<string, string> = { '/': 'text/html', '/component.css': 'text/css' };
      server.on('request', ({ url = '/' }, response) => {
        response.setHeader('content-type', types[url] ?? 'text/javascript');
        response.end(files[url]?.());
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      browser = await launchBrowser();
    });

    afterAll(async () => {
      await browser?.close();
      server.close();
    });

    it('shows its operations and messages, and no error', async () => {
      const page = await openPage(browser);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(address);

      await page.getByText('Operations').first().waitFor();
      const text = await page.locator('#page').textContent();

      expect(errors).toEqual([]);
      expect(text).toContain('Webhooks');
      expect(text).toContain('application/cloudevents+json');
      expect(text).not.toMatch(/There are errors|Error:/);
    });
  });
});
