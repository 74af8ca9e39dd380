/** Work that is in progress while its server ends and starts again, under a steady stream of messages. */
import type { EngineServer } from './engine-process.js';
import { SteadyStream } from './steady-stream.js';
import { Gate, Recorder } from './waiting.js';

/** This many messages are accepted before the server ends, and as many after. */
const SHARE = 20;

/** What is known of the server when a message is sent. */
export interface ServerState {
  /** Whether {@link RestartOptions.settle} was called, and it runs still. */
  readonly isSettling: boolean;
}

/** How a server is ended and started again. */
export interface RestartOptions {
  readonly server: EngineServer;
  readonly end: 'stop' | 'kill';
  /** Resolves once the message of that number is accepted. */
  send(number: number, server: ServerState): Promise<unknown>;
  /** Resolves once the server may end. */
  settle?(): Promise<void>;
}

/** What a handler runs, and the ledger of what it did and of what was accepted. */
export class HeldWork {
  readonly ledger: string[] = [];
  readonly begun = new Recorder<string>();
  #gate = new Gate();
  /** What is rejected has a number as well, and how many are depends on how long the server is away. */
  #next = 1;
  #isSettling = false;

  /** @param label what {@link begun} gets; default the number */
  async run(number: number, label = String(number)): Promise<void> {
    this.begun.record(label);
    await this.#gate.promise;
    this.ledger.push(`done ${number}`);
  }

  /** Resolves once the server runs again and has accepted the rest of the messages. */
  async restart({ server, end, send, settle }: RestartOptions): Promise<void> {
    this.#gate = new Gate();
    const stream = new SteadyStream(
      this.ledger,
      (number) => send(number, { isSettling: this.#isSettling }),
      this.#next,
    );
    await this.begun.count(this.begun.items.length + 1);
    await stream.more(SHARE);
    this.#isSettling = true;
    await settle?.();
    await server[end]();
    this.#isSettling = false;
    // What is in progress is done while there is no engine to be told.
    this.#gate.open();
    await server.start();
    await stream.more(SHARE);
    this.#next = await stream.end();
  }
}
