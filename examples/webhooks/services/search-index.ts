/** Finds issues and pull requests by their words; a document whose text has not changed is not indexed again. */
import { webcrypto } from 'node:crypto';
import { Deferred } from 'carillon';
import { injectable } from 'inversify';
import { measured } from '../report/measured.js';

/** Work for later: a document has a new text. */
export class DocumentChanged {
  constructor(
    readonly document: string,
    readonly text: string,
  ) {}
}

@injectable()
export class SearchIndex {
  readonly #digests = new Map<string, string>();
  readonly #documents = new Map<string, Set<string>>();

  /** How many words are known. */
  get words(): number {
    return this.#documents.size;
  }

  /** The documents that have the word. */
  find(word: string): readonly string[] {
    return [...(this.#documents.get(word.toLowerCase()) ?? [])];
  }

  @Deferred(DocumentChanged, { queue: 'search' })
  @measured
  async index({ document, text }: DocumentChanged): Promise<void> {
    const digest = Buffer.from(
      await webcrypto.subtle.digest('SHA-256', Buffer.from(text)),
    ).toString('hex');
    if (this.#digests.get(document) === digest) return;
    this.#digests.set(document, digest);

    for (const documents of this.#documents.values()) documents.delete(document);
    for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]{2,}/gu)) {
      const documents = this.#documents.get(word) ?? new Set();
      this.#documents.set(word, documents.add(document));
    }
  }
}
