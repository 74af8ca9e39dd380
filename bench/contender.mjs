/** One contender as the parent sees it: a process that gives one answer to one request. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));

export class Contender {
  #process;
  /** @type {Promise<unknown>} */
  #answer;
  /** @type {readonly string[]} */
  cases = [];

  /**
   * @param {string} suite
   * @param {string} name
   */
  constructor(suite, name) {
    this.name = name;
    this.#process = fork(WORKER, [suite, name]);
    this.#answer = this.#nextAnswer();
  }

  /** Waits until the process has built its cases. */
  async ready() {
    this.cases = /** @type {string[]} */ (await this.#answer);
  }

  /**
   * The nanoseconds of one operation in a round of its own.
   *
   * @param {string} name the case
   * @param {number} milliseconds
   */
  async round(name, milliseconds) {
    this.#answer = this.#nextAnswer();
    this.#process.send({ name, milliseconds });
    return /** @type {number} */ (await this.#answer);
  }

  end() {
    this.#process.kill();
  }

  #nextAnswer() {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      /** @param {unknown} answer */
      const answered = (answer) => {
        child.off('exit', exited);
        resolve(answer);
      };
      const exited = () => {
        child.off('message', answered);
        reject(new Error(`The process of ${this.name} ended; its error is above.`));
      };
      child.once('message', answered);
      child.once('exit', exited);
    });
  }
}
