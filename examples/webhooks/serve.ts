/** Runs the backend until SIGTERM or SIGINT, and then finishes what it has accepted. */
import { dashboard } from 'carillon/dashboard';
import { stop } from 'carillon/inversify';
import { stopOnSignals } from 'carillon/shutdown';
import { type Application, startApplication } from './application.js';
import { checkBackend } from './report/checks.js';
import { describeBackend } from './report/print-report.js';
import { readSettings } from './settings.js';

/** Resolves once it listens. */
export async function serve(shown: { readonly dashboard: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  const application = await startApplication(settings);

  stopOnSignals((options) => stop(application.container, options), {
    drain: settings.drain,
    exitAfter: 2 * settings.drain,
    before: () => finish(application),
  });
  if (shown.dashboard) {
    const { url } = await dashboard(application.container, { commands: true }).listen();
    console.log(`dashboard on ${url}`);
  }
  console.log(`listening on ${application.url}`);
}

/** Rejects, so that the process fails, when something that was accepted was not done or anything is still alive. */
async function finish(application: Application): Promise<void> {
  console.log('stopping');
  const ending = await application.stop();
  console.log(describeBackend(application, ending));

  const faults = checkBackend(application, ending);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  console.log('stopped: everything that was accepted is done, and nothing is still alive');
}
