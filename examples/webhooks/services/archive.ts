/** Keeps each accepted body as it was signed, compressed, in a directory that goes when the application ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Deferred } from 'carillon';
import { injectable, postConstruct, preDestroy } from 'inversify';
import { measured } from '../report/measured.js';

/** Work for later: a body is to be archived. */
export class ArchiveDue {
  constructor(
    readonly id: string,
    readonly body: string,
  ) {}
}

const compress = promisify(gzip);

@injectable()
export class Archive {
  #directory = '';
  #bytesIn = 0;
  #bytesOut = 0;

  get bytesIn(): number {
    return this.#bytesIn;
  }

  get bytesOut(): number {
    return this.#bytesOut;
  }

  @postConstruct()
  async open(): Promise<void> {
    this.#directory = await mkdtemp(join(tmpdir(), 'webhooks-'));
  }

  @Deferred(ArchiveDue, { queue: 'archive' })
  @measured
  async store({ id, body }: ArchiveDue): Promise<void> {
    const compressed = await compress(body, { level: 9 });
    await writeFile(join(this.#directory, `${id}.json.gz`), compressed);
    this.#bytesIn += Buffer.byteLength(body);
    this.#bytesOut += compressed.length;
  }

  @preDestroy()
  async close(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
