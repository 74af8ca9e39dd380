/** The scenes example in a web page, as a user starts it and looks at it. */
/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, withBrowser } from '../support/browser.js';
import { Program } from '../support/program.js';

withBrowser(() => {
  describe('examples/scenes in a page', () => {
    const broken: string[] = [];
    let program: Program;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      program = new Program(['build/examples/scenes/main.js', '--page']);
      const [, url] = await program.printed(/The game is at (http:\/\/127\.0\.0\.1:\d+\/)/);
      browser = await launchBrowser();
      page = await openPage(browser);
      page.on('pageerror', ({ message }) => broken.push(message));
      page.on('console', (message) => message.type() === 'error' && broken.push(message.text()));
      await page.goto(url as string);
      await page.waitForFunction(() => document.getElementById('tasks')?.textContent === '500');
    });

    afterAll(async () => {
      await browser?.close();
      program.signal('SIGTERM');
      await program.ended;
    });

    it('draws bodies, which move', async () => {
      const colors = await page.evaluate(() => {
        const canvas = document.getElementById('picture') as HTMLCanvasElement;
        const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(
          0,
          0,
          canvas.width,
          canvas.height,
        );
        const seen: Record<string, number> = {};
        for (let index = 0; index < data.length; index += 4) {
          const color = `${data[index]} ${data[index + 1]} ${data[index + 2]}`;
          seen[color] = (seen[color] ?? 0) + 1;
        }
        return seen;
      });
      const before = await picture();
      await page.waitForFunction(
        (former) =>
          (document.getElementById('picture') as HTMLCanvasElement).toDataURL() !== former,
        before,
      );

      // The ground, bodies that turn, and guards.
      expect(colors['16 21 31']).toBeGreaterThan(10_000);
      expect(colors['79 157 224']).toBeGreaterThan(500);
      expect(colors['255 180 84']).toBeGreaterThan(50);
    });

    it('L1 counts nothing of a scene once it has ended, and all of the next one', async () => {
      await page.waitForFunction(
        () => Number(document.getElementById('collisions')?.textContent) > 0,
      );
      await page.click('#drain');
      await page.waitForFunction(() => Number(document.getElementById('queued')?.textContent) > 20);
      const playing = await counts();
      // In one turn, before the next scene begins.
      const ended = await counts('change');
      await page.waitForFunction(() => document.getElementById('scene')?.textContent === 'scene 2');
      const next = await counts();
      await page.click('#drain');
      await page.waitForFunction(
        () => Number(document.getElementById('collisions')?.textContent) > 0,
      );
      const left = await page.evaluate(() =>
        [...(document.querySelector('[data-scene="scene 1"]') as HTMLTableRowElement).cells].map(
          (cell) => cell.textContent,
        ),
      );

      expect(playing).toMatchObject({ scene: 'scene 1', tasks: 500, timers: 1 });
      expect(playing.handlers).toBeGreaterThan(25);
      // The queue is the application's: what is in it waits for the next scene.
      expect(ended).toMatchObject({
        scene: 'between two scenes',
        tasks: 0,
        handlers: 0,
        timers: 0,
      });
      expect(ended.queued).toBeGreaterThan(20);
      expect(next).toMatchObject({ tasks: 500, timers: 1 });
      expect(left).toEqual(['scene 1', '500', String(ended.queued), '0', '0']);
    });

    it('breaks nowhere', async () => {
      expect(broken).toEqual([]);
    });

    function picture(): Promise<string> {
      return page.evaluate(() =>
        (document.getElementById('picture') as HTMLCanvasElement).toDataURL(),
      );
    }

    /** What the page shows, once a button was pressed. */
    function counts(button = '') {
      return page.evaluate((pressed) => {
        document.getElementById(pressed)?.click();
        const text = (id: string) => document.getElementById(id)?.textContent;
        const count = (id: string) => Number(text(id));
        return {
          scene: text('scene'),
          tasks: count('tasks'),
          handlers: count('handlers'),
          timers: count('timers'),
          queued: count('queued'),
        };
      }, button);
    }
  });
});
