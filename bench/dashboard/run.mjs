/**
 * What a dashboard costs the application that it shows, at 5,000 events a second, and whether its page stays usable: frames a second of the feed, and the time
 * until 500 handlers are drawn. Needs Chromium. `--smoke` only proves that it works. It runs what is built.
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { machine } from '../docs-page.mjs';

const CHROMIUM = '/usr/bin/chromium';
const APPLICATION = fileURLToPath(new URL('application.mjs', import.meta.url));
const RATE = 5000;

const { values: flags } = parseArgs({ options: { smoke: { type: 'boolean' } } });
const rounds = flags.smoke ? 1 : 5;
const time = flags.smoke ? 300 : 3000;

/** @typedef {import('playwright-core').Page} Page */

/** A question to the application, and its answer. */
class Application {
  #child = fork(APPLICATION, [String(RATE)]);

  ready() {
    return this.#answer();
  }

  /**
   * @param {string} question
   * @param {number} [argument]
   */
  ask(question, argument) {
    this.#child.send({ question, argument });
    return this.#answer();
  }

  end() {
    this.#child.kill();
  }

  #answer() {
    return new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`The application ended with ${code}.`));
      this.#child.once('exit', ended);
      this.#child.once('message', ({ answer }) => {
        this.#child.off('exit', ended);
        resolve(answer);
      });
    });
  }
}

/** @param {Page} page how many frames a second it draws meanwhile */
function framesOf(page) {
  return page.evaluate(
    (milliseconds) =>
      new Promise((resolve) => {
        let frames = 0;
        const begun = performance.now();
        const next = () => {
          frames += 1;
          const taken = performance.now() - begun;
          if (taken < milliseconds) requestAnimationFrame(next);
          else resolve((frames / taken) * 1000);
        };
        requestAnimationFrame(next);
      }),
    time,
  );
}

/** @param {Page} page milliseconds from the click on Graph until it is on the screen */
function drawingTime(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const begun = performance.now();
        const look = () => {
          if (document.querySelectorAll('svg .node.handler').length < 500)
            requestAnimationFrame(look);
          else resolve(performance.now() - begun);
        };
        const buttons = [...document.querySelectorAll('nav button')];
        buttons.find(({ textContent }) => textContent === 'Graph').click();
        requestAnimationFrame(look);
      }),
  );
}

/** @param {Application} application @param {import('playwright-core').Browser} browser */
async function round(application, browser) {
  const none = await application.ask('measure', time);
  const url = await application.ask('open');
  const alone = await application.ask('measure', time);
  const page = await browser.newPage();
  await page.goto(url);
  await page.getByText('connected', { exact: true }).waitFor();
  await page.locator('tbody tr').first().waitFor();
  const read = application.ask('measure', time);
  const frames = await framesOf(page);
  const looked = await read;
  await page.getByRole('button', { name: 'Pause' }).click();
  const paused = await application.ask('measure', time);
  const drawn = await drawingTime(page);
  await page.close();
  await application.ask('close');
  return {
    'without a dashboard': none.share,
    'with one that nobody looks at': alone.share,
    'with its page open': looked.share,
    'with its page paused': paused.share,
    rate: looked.rate,
    frames,
    drawn,
  };
}

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1] ?? 0;

if (existsSync(CHROMIUM)) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const application = new Application();
  try {
    await application.ready();
    const results = [];
    for (let index = 0; index < rounds; index += 1) results.push(await round(application, browser));
    if (flags.smoke) console.log('The dashboard showed the events and drew the graph.');
    else report(results);
  } finally {
    application.end();
    await browser.close();
  }
} else console.log(`Not measured: there is no Chromium at ${CHROMIUM}.`);

/** @param {readonly Record<string, number>[]} results */
function report(results) {
  console.log(machine);
  const of = (name) => median(results.map((result) => result[name] ?? 0));
  for (const name of Object.keys(results[0] ?? {})) {
    if (name === 'rate') console.log(`events a second: ${of(name).toFixed(0)}`);
    else if (name === 'frames') console.log(`frames a second: ${of(name).toFixed(1)}`);
    else if (name === 'drawn') console.log(`500 handlers drawn after ${of(name).toFixed(0)} ms`);
    else {
      const more = median(results.map((result) => result[name] - result['without a dashboard']));
      console.log(
        `${name}: ${(100 * of(name)).toFixed(1)} % of a core, ${(100 * more).toFixed(1)} more`,
      );
    }
  }
}
