// A mail server, which keeps what it takes: aiosmtpd, as in the tests of the whole.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A port that nobody listens at. */
export async function freePort() {
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => free.once('listening', listening));
  const { port } = free.address();
  await new Promise((closed) => free.close(closed));
  return port;
}

export class Mail {
  static async open() {
    const mail = new Mail();
    const port = await freePort();
    mail.folder = mkdtempSync(join(tmpdir(), 'flashline-mail-'));
    mail.url = `smtp://127.0.0.1:${port}`;
    const [python, program] = ['.flashline/tools/python/bin/python', 'testbed/src/mail/serve.py'].map((path) => join(ROOT, path));
    mail.process = spawn(python, [program, mail.folder, String(port), 'plain'], { stdio: ['ignore', 'inherit', 'inherit'] });
    return mail;
  }

  /** The mail of a number (from 1) to an address. */
  async nth(address, number) {
    for (let tries = 0; tries < 300; tries += 1) {
      const files = readdirSync(this.folder).filter((name) => name.endsWith('.json')).sort();
      const mails = files.map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8')));
      const mine = mails.filter(({ to }) => to.join() === address)[number - 1];
      if (mine) return mine;
      await new Promise((go) => setTimeout(go, 100));
    }
    throw new Error(`no mail ${number} came`);
  }

  /** The code in it. */
  async code(address, number = 1) {
    const mail = await this.nth(address, number);
    return { ...mail, code: /^\d{6}$/m.exec(mail.plain.replaceAll('\r', ''))[0] };
  }

  close() {
    this.process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
