/** Puts the backend through its paces with real deliveries from another process, and judges what became of them. */
import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { startApplication } from './application.js';
import { checkAnswers, checkBackend } from './report/checks.js';
import { newHandles, openHandles } from './report/open-handles.js';
import { describeAnswers, describeBackend } from './report/print-report.js';
import { startSender } from './sender/start-sender.js';
import { Settings } from './settings.js';

/** Prints the report; the exit code is 1 when anything was not as it must be. */
export async function rehearse(): Promise<number> {
  const handles = openHandles();
  const secret = randomBytes(24).toString('hex');
  const application = await startApplication(new Settings(secret));

  const answers = await startSender(application.url, secret);
  // A client that hung up has its answer before the backend has worked on what it sent.
  await application.services.intake.reached(answers.length);
  const ending = await application.stop();

  // The callback that ended the last clean-up has to return before its handle is gone.
  await turn();
  const leftOpen = newHandles(handles);

  console.log(describeAnswers(answers));
  console.log(describeBackend(application, ending));
  const faults = [
    ...checkAnswers(answers, application),
    ...checkBackend(application, ending),
    ...leftOpen.map((handle) => `${handle} of the process left open`),
  ];
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(
    faults.length === 0
      ? 'Everything went as it must: 0 handlers, 0 timers and 0 scopes are still alive.'
      : `${faults.length} faults`,
  );
  return faults.length === 0 ? 0 : 1;
}
