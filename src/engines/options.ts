/** What the options of several engines take. */
import {
  isOptions,
  LONGEST_TIMER,
  type OptionCheck,
  secret,
} from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';

/** A time that goes to a timer of the platform: of a client, or between two looks at the store. */
export function engineTime(): OptionCheck {
  return duration({ above: 0, most: LONGEST_TIMER });
}

/** For engines that count no parts of a millisecond. */
export function wholeMilliseconds(time: Duration): number {
  return Math.ceil(milliseconds(time));
}

/** The options of a client. Its passwords are in them. */
export function clientOptions(): OptionCheck {
  return secret(isOptions, "an object with the client's options");
}

/** An address, in which a password may be. */
export function address(
  example: string,
  takes: (value: string) => boolean = () => true,
): OptionCheck {
  return secret(
    (value) => typeof value === 'string' && value !== '' && takes(value),
    `an address such as ${example}`,
  );
}
