/** The dashboard's page in a browser: what people see and do, with the keyboard alone where it counts. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Deferred, On } from 'carillon';
import { createApplication } from 'carillon/adapter';
import { type DashboardCommand, dashboard } from 'carillon/dashboard';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, withBrowser } from '../support/browser.js';
import { PROJECT } from '../support/program.js';

const AXE = createRequire(join(PROJECT, 'package.json')).resolve('axe-core/axe.min.js');

class OrderPlaced {
  constructor(readonly id: string) {}
}

class Warehouse {
  @On(OrderPlaced)
  pack() {
    void application.queue.defer('receipt', 1, { queue: 'mail' });
  }

  @Deferred('receipt', { queue: 'mail', attempts: 1 })
  async send() {
    if (isBroken) throw new TypeError('the mail server is away');
  }
}

let application: ReturnType<typeof createApplication>;
let isBroken = true;

/** For the guide: `CARILLON_SCREENSHOTS=1`. */
async function takePictures(page: Page, colorScheme: string): Promise<void> {
  await page.setViewportSize({ width: 1100, height: 520 });
  await page.getByRole('button', { name: 'Feed', exact: true }).click();
  await page
    .getByRole('row', { name: /@Deferred/ })
    .getByRole('button')
    .click();
  await page.getByRole('region', { name: 'Causes' }).waitFor();
  await page.screenshot({ path: join(PROJECT, `docs/images/dashboard-${colorScheme}.png`) });
}

withBrowser(() => {
  let browser: Browser;
  let page: Page;
  let board: ReturnType<typeof dashboard>;
  let commands: DashboardCommand[];
  let server: Awaited<ReturnType<typeof board.listen>>;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    isBroken = true;
    commands = [];
    application = createApplication({ name: 'shop', onError: () => undefined });
    application.attach(new Warehouse());
    await application.start();
    board = dashboard(application, {
      commands: true,
      environment: 'staging',
      onCommand: (command) => commands.push(command),
    });
    page = await openPage(browser);
    server = await board.listen();
    await page.goto(server.url);
    await page.getByText('connected', { exact: true }).waitFor();
  });

  afterEach(async () => {
    await page.close();
    await application.stop();
  });

  const findingsOfAxe = async (): Promise<string[]> => {
    // As a debugger: the page's own policy lets no script in.
    await page.evaluate(readFileSync(AXE, 'utf8'));
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; nodes: { target: string[] }[] }[];
    };
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join()}`);
  };

  describe('the page', () => {
    it('takes the token out of the address, and says where it is', async () => {
      expect(new URL(page.url()).hash).toBe('');
      await page.getByText('staging').waitFor();
      expect(await page.locator('h1').textContent()).toBe('shop');
    });

    it('shows what is sent as it comes, what nobody heard, and the tree of causes', async () => {
      application.events.emit(new OrderPlaced('42'));
      application.events.emit('nobody.hears', 1);

      await page.getByText('nobody heard it').waitFor();
      await page.getByText('Warehouse.send').first().waitFor();
      await page
        .getByRole('row', { name: /@Deferred/ })
        .getByRole('button')
        .click();
      const tree = page.getByRole('region', { name: 'Causes' });

      expect(await tree.textContent()).toMatch(
        /emit OrderPlaced[\s\S]*Warehouse\.pack[\s\S]*defer receipt[\s\S]*Warehouse\.send/,
      );
    });

    it('keeps its filter in the address', async () => {
      application.events.emit(new OrderPlaced('42'));
      application.events.emit('nobody.hears', 1);
      await page.getByText('nobody heard it').waitFor();

      await page.getByLabel('Filter').fill('unheard');

      await page.getByRole('row', { name: /OrderPlaced/ }).waitFor({ state: 'detached' });
      expect(new URL(page.url()).search).toBe('?filter=unheard');
    });

    it('draws the graph, and says the same in a list', async () => {
      await page.getByRole('button', { name: 'Graph' }).click();

      await page.locator('svg text', { hasText: 'Warehouse.pack' }).waitFor();
      expect(await page.getByRole('listitem').allTextContents()).toContain(
        'OrderPlaced: heard by Warehouse.pack (@On)',
      );
    });

    it('lists what is alive', async () => {
      application.open({ name: 'visit' });

      await page.getByRole('button', { name: 'Alive' }).click();

      await page.getByRole('cell', { name: 'shop/visit' }).waitFor();
      expect(await page.getByRole('cell', { name: 'shop', exact: true }).count()).toBe(1);
    });

    it('sends a dead letter again by the keyboard alone, with a reason for the log', async () => {
      application.events.emit(new OrderPlaced('42'));
      await page.getByText('failed: TypeError').first().waitFor();
      isBroken = false;

      await page.getByRole('button', { name: 'Queues', exact: true }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'dead letters of mail' }).focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('Reason').focus();
      await page.keyboard.type('the mail server is back');
      await page.getByRole('button', { name: 'Retry 1 shown' }).focus();
      await page.keyboard.press('Enter');

      await page.getByText('retry: 1').waitFor();
      expect(commands).toMatchObject([
        { command: 'retry', reason: 'the mail server is back', count: 1 },
      ]);
    });

    it('stays usable while 5,000 events come at once, and says how many it passed over', async () => {
      for (let sent = 0; sent < 5000; sent += 1) application.events.emit(`burst.${sent % 7}`, sent);

      await page.getByText(/not shown: too many at once/).waitFor();
      await page.getByLabel('Filter').fill('burst.3');
      await page
        .getByRole('row', { name: /burst\.2/ })
        .first()
        .waitFor({ state: 'detached' });

      expect(await page.locator('tbody tr').count()).toBeLessThanOrEqual(200);
    });

    it('has no connection while it is paused, and then shows what it has missed', async () => {
      application.events.emit('before.pause', 1);
      await page
        .getByRole('row', { name: /before\.pause/ })
        .first()
        .waitFor();
      const ended = page.waitForEvent('requestfailed', (request) => request.url().includes('feed'));
      await page.getByRole('button', { name: 'Pause' }).click();
      await ended;
      await page.getByText('paused', { exact: true }).waitFor();
      const asked = page.waitForRequest(/feed\?seen=\d+$/);

      application.events.emit('during.pause', 1);
      await page.getByRole('button', { name: 'Resume' }).click();

      await asked;
      await page
        .getByRole('row', { name: /during\.pause/ })
        .first()
        .waitFor();
      expect(await page.getByRole('row', { name: /before\.pause/ }).count()).toBe(2);
    });

    it('shows fewer rows while too many come, and all of them afterwards', async () => {
      await page.clock.install({ time: 0 });
      // Or the calm might come before the rows have been counted.
      await page.clock.pauseAt(60_000);
      for (let sent = 0; sent < 300; sent += 1) application.events.emit('storm', sent);

      await page.getByRole('row', { name: /storm/ }).first().waitFor();
      expect(await page.locator('tbody tr').count()).toBe(50);

      await page.clock.fastForward(1000);
      await page.locator('tbody tr').nth(199).waitFor();
    });

    it('goes on after its connection was lost', async () => {
      const { port } = new URL(page.url());
      server.close();
      await page.getByText('not connected').waitFor();
      server = await board.listen({ port: Number(port) });
      await page.getByText('connected', { exact: true }).waitFor();

      application.events.emit(new OrderPlaced('after'));

      await page.getByRole('row', { name: /emit OrderPlaced/ }).waitFor();
      expect(await page.getByRole('row', { name: /Warehouse\.pack/ }).count()).toBe(1);
    });

    it.each(['light', 'dark'] as const)(
      'has no finding of axe in any view, %s',
      async (colorScheme) => {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        application.events.emit(new OrderPlaced('42'));
        application.events.emit('nobody.hears', 1);
        await page.getByText('failed: TypeError').first().waitFor();

        const found: string[] = [];
        for (const view of ['Feed', 'Graph', 'Alive', 'Queues']) {
          await page.getByRole('button', { name: view, exact: true }).click();
          if (view === 'Queues')
            await page.getByRole('button', { name: 'dead letters of mail' }).click();
          await page.locator('h2').waitFor();
          found.push(...(await findingsOfAxe()).map((finding) => `${view}: ${finding}`));
        }

        if (process.env['CARILLON_SCREENSHOTS'] === '1') await takePictures(page, colorScheme);
        expect(found).toEqual([]);
      },
    );
  });
});
