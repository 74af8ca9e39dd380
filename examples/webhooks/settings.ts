/** What the backend can be told from outside, read once and checked before anything is built. */

/** The settings of one run; a class, so that services can ask for it by its type. */
export class Settings {
  constructor(
    /** The secret that GitHub signs each delivery with. */
    readonly secret: string,
    /** 0 takes any free port. */
    readonly port: number = 0,
    /** How long stopping waits for work in flight, in milliseconds. */
    readonly drain: number = 20_000,
  ) {}
}

/** Reads `WEBHOOK_SECRET` and `PORT`. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const secret = env['WEBHOOK_SECRET'];
  if (!secret)
    throw new Error(
      'WEBHOOK_SECRET is not set: without it nobody could tell GitHub from a stranger.',
    );

  const port = Number(env['PORT'] ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT is no port number: ${env['PORT']}`);

  return new Settings(secret, port);
}
