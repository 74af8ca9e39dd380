/** The checks of options that several engines have. */
import {
  isOptions,
  LONGEST_TIMER,
  type OptionCheck,
  secret,
} from '../../decorators/check-options.js';
import { type Duration, duration, milliseconds } from '../../decorators/duration.js';

/** A time that becomes a timer of the platform: a client's timeout, or the time between two checks of the store. */
export function engineTime(): OptionCheck {
  return duration({ above: 0, most: LONGEST_TIMER });
}

/** For engines that take whole milliseconds only; rounds up. */
export function wholeMilliseconds(time: Duration): number {
  return Math.ceil(milliseconds(time));
}

/** The options of a client, which errors do not show because they may contain passwords. */
export function clientOptions(): OptionCheck {
  return secret(isOptions, "an object with the client's options");
}

/** An address, which errors do not show because it may contain a password. */
export function address(
  example: string,
  takes: (value: string) => boolean = () => true,
): OptionCheck {
  return secret(
    (value) => typeof value === 'string' && value !== '' && takes(value),
    `an address such as ${example}`,
  );
}

/**
 * Refuses an address before a client reads it: the error of the platform shows it, with its password.
 *
 * @throws Error for what has a scheme, and is no URL
 */
export function assertAddress(url: string): void {
  if (isUnreadable(url)) throw new Error('its address is not a valid URL');
}

function isUnreadable(url: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(url) && !URL.canParse(url);
}
