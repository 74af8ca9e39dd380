/** What becomes of one message more where as many wait as may: the same four words for subscribers, queues and loops. */

/**
 * `'wait'` holds the sender back until there is room, `'reject'` refuses the new message with an error, `'drop-oldest'` and `'drop-newest'` lose one
 * message and report it. Where one of the four is impossible, it is refused by name.
 */
export type WhenFull = 'wait' | 'reject' | 'drop-oldest' | 'drop-newest';
