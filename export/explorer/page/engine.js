/* The worker that computes, as promises: of each channel only the newest request is kept. */

const FIRST = ["picture", "between", "first", "last", "tiles", "sound", "frames", "film", "grid"]; // what the reader waits for, before what can wait

export class Engine {
  #worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #running = null;
  #next = 0;

  /** Loads the network; `loaded` is called with the share that has come, 0 to 1. */
  async open(facts, loaded) {
    await new Promise((resolve, reject) => {
      this.#worker.onerror = (event) => reject(new Error(event.message || "Expected a worker. Received: none."));
      this.#worker.onmessage = ({ data }) => {
        if (data.loaded !== undefined) loaded(data.loaded);
        else if (data.opened) resolve();
        else reject(new Error(data.error));
      };
      this.#worker.postMessage({ open: facts });
    });
    this.#worker.onmessage = ({ data }) => this.#came(data);
    this.#worker.onerror = (event) => this.#came({ id: this.#running?.id, error: event.message });
  }

  /** What the network makes of a request; `null` where a newer one of the same channel came before it began. */
  run(channel, request) {
    return new Promise((resolve, reject) => {
      this.#waiting.get(channel)?.resolve(null);
      this.#waiting.set(channel, { request, resolve, reject });
      this.#start();
    });
  }

  #start() {
    const channel = FIRST.find((one) => this.#waiting.has(one));
    if (this.#running || channel === undefined) return;
    const job = this.#waiting.get(channel);
    this.#waiting.delete(channel);
    this.#running = { ...job, id: this.#next++ };
    this.#worker.postMessage({ id: this.#running.id, request: job.request });
  }

  #came({ id, error, ...answer }) {
    if (this.#running?.id !== id) return;
    const { resolve, reject } = this.#running;
    this.#running = null;
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
    this.#start();
  }
}
