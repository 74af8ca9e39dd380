/** The errors between the bus and its engine. */
import { CarillonError } from '../../decorators/carillon-error.js';
import { type Handler, handlerEvent, handlerName } from '../dispatch/handler.js';
import { thrownSentence } from '../events/describe-thrown.js';

/** `CAR5040`: the engine has not accepted a message. */
export function notAccepted(engine: string, message: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR5040',
    `${engine} has not accepted ${message}: ${thrownSentence(cause)} Publish it again once the engine is there.`,
    { cause },
  );
}

/** `CAR5046`: nobody knows whether the engine has a message. */
export function notAnswered(
  engine: string,
  { id, topic }: { readonly id: string; readonly topic: string },
  cause: unknown,
): CarillonError {
  return new CarillonError(
    'CAR5046',
    `${engine} has not confirmed the message ${id} of ${topic}, and may have accepted it: ${thrownSentence(cause)} Publish it again if a second copy does no harm.`,
    { cause },
  );
}

/** `CAR5041`: the start could not connect or subscribe. */
export function notStarted(engine: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR5041',
    `The bus could not be started on ${engine}: ${thrownSentence(cause)} See that it can be reached, and start again.`,
    { cause },
  );
}

/** `CAR5042`: the engine refuses a subscription. */
export function notSubscribed(engine: string, topic: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR5042',
    `${engine} refuses the subscription to ${topic}: ${thrownSentence(cause)} Its handlers hear nothing; see the cause.`,
    { cause },
  );
}

/** `CAR5043`: something failed that no caller waits for, such as a lost connection. */
export function engineTrouble(engine: string, cause: unknown): CarillonError {
  return new CarillonError(
    'CAR5043',
    `${engine} reports: ${thrownSentence(cause)} It recovers automatically; see the cause.`,
    { cause },
  );
}

/** `CAR5044`: more messages before the start than the bus keeps. */
export function tooEarly(message: string, kept: number): CarillonError {
  return new CarillonError(
    'CAR5044',
    `${message} was published before the start, when ${kept} messages waited for it already. Start the application first.`,
  );
}

/** `CAR5045`: a subscriber has ended before it got what waited for it, and nobody else takes that. */
export function notTaken({ plan, owner }: Handler, count: number): CarillonError {
  return new CarillonError(
    'CAR5045',
    `${handlerName(plan)} ended in scope "${owner.name}" before ${count} message(s) of ${handlerEvent(plan)} that had come for it were done: nobody gets them. Give the end more drain time, raise its concurrency, or subscribe for a longer-lived scope.`,
  );
}

/** `CAR5045`: the same for the last member of a group, on an engine that keeps nothing. */
export function notKept(group: string, topic: string): CarillonError {
  return new CarillonError(
    'CAR5045',
    `The last member of group "${group}" ended before a message of ${topic} was done: nobody gets it. Give the end more drain time, or take an engine that keeps messages.`,
  );
}

/** `CAR7021`: a handler asks for something that the engine cannot do. */
export function inability({ plan }: Handler, engine: string, what: string): CarillonError {
  return new CarillonError(
    'CAR7021',
    `${handlerName(plan)} cannot subscribe: ${engine} ${what}. Change its options, or take another engine.`,
  );
}
