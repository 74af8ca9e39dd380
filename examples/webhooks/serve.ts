/** Runs the backend until SIGTERM or SIGINT, and then finishes what it has accepted. */
import closeWithGrace from 'close-with-grace';
import { type Application, startApplication } from './application.js';
import { checkBackend } from './report/checks.js';
import { describeBackend } from './report/print-report.js';
import { readSettings } from './settings.js';

/** Resolves once it listens. */
export async function serve(): Promise<void> {
  const settings = readSettings(process.env);
  const application = await startApplication(settings);

  closeWithGrace({ delay: 2 * settings.drain }, async ({ signal, err }) => {
    console.log(`stopping: ${signal ?? err ?? 'asked to'}`);
    await finish(application);
  });
  console.log(`listening on ${application.url}`);
}

/** Rejects, so that the process fails, when something that was accepted was not done or anything is still alive. */
async function finish(application: Application): Promise<void> {
  const ending = await application.stop();
  console.log(describeBackend(application, ending));

  const faults = checkBackend(application, ending);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  console.log('stopped: everything that was accepted is done, and nothing is still alive');
}
