// The real system as separate processes on private servers.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? `${ROOT}/target`;
export const LOADGEN = process.env.LOADGEN ?? `${TARGET}/debug/loadgen`;
const STARTS_WITHIN_MS = 90_000;

export class System {
  /** With further settings for all services, and words for `loadgen up`. Runs until `stop`. */
  static async start(settings = {}, ...words) {
    if (!existsSync(LOADGEN)) throw new Error(`${LOADGEN} is missing: cargo build --workspace --bins`);
    const system = new this();
    const env = { ...process.env, ...settings };
    system.process = spawn(LOADGEN, ['up', ...words], { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'inherit'] });
    system.lines = createInterface({ input: system.process.stdout })[Symbol.asyncIterator]();
    const where = JSON.parse(await system.line());
    system.base = where.base;
    system.adminToken = where.admin_token;
    system.sockets = where.sockets;
    system.sessionKey = where.session_key;
    system.hostedCheck = where.hosted_check;
    return system;
  }

  async line() {
    const late = AbortSignal.timeout(STARTS_WITHIN_MS);
    const tooLate = new Promise((_, fail) => late.addEventListener('abort', () => fail(new Error('the stand is silent'))));
    const { value, done } = await Promise.race([this.lines.next(), tooLate]);
    if (done) throw new Error('the stand has ended');
    return value;
  }

  /** `kill notifier`, `start notifier`, … */
  async order(text) {
    this.process.stdin.write(`${text}\n`);
    const answer = await this.line();
    if (answer !== 'ok') throw new Error(`${text}: ${answer}`);
  }

  async stop() {
    this.process.stdin.end();
    await new Promise((ended) => (this.process.exitCode === null ? this.process.once('exit', ended) : ended()));
  }

  /** The OpenAPI document of its API. */
  async description() {
    return (await fetch(`${this.base}/api/openapi.json`)).json();
  }
}
