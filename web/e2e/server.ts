// A guatu server as a child process, to be started, killed and started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';

/** How long a start may take: the first one of a city seeds it, ms. */
const patience = 120_000;

export class Server {
  #child: ChildProcess | null = null;
  #said: string[] = [];
  #admin = 0;

  private constructor(readonly port: number, readonly command: 'dev' | 'serve') {}

  /** Starts the server on a free port and returns when it is ready. */
  static async start(command: 'dev' | 'serve'): Promise<Server> {
    const server = new Server(await freePort(), command);
    await server.again();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it again on the same port, after a kill or a stop. */
  async again(): Promise<void> {
    this.#admin = await freePort();
    const guatu = process.env['GUATU_BIN'];
    if (!guatu) throw new Error('GUATU_BIN is not set; run the tests with npm run e2e');
    const child = spawn(guatu, [this.command], {
      env: {
        ...process.env, GUATU_LISTEN: `127.0.0.1:${this.port}`, GUATU_ADMIN_LISTEN: `127.0.0.1:${this.#admin}`, GUATU_LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#said = [...this.#said, String(chunk)].slice(-50)));
    }
    const until = Date.now() + patience;
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error(`guatu ${this.command} ended with ${child.exitCode}:\n${this.#said.join('')}`);
      if (await this.#ready()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`guatu ${this.command} was not ready after ${patience / 1000} s:\n${this.#said.join('')}`);
  }

  /** Kills it as a power cut would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #ready(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.#admin}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const at = probe.address();
      probe.close(() => resolve(typeof at === 'object' && at ? at.port : 0));
    });
  });
}
