/** The version of this package; the release writes it. */
export const VERSION = '0.1.0';
