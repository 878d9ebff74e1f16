'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn } = require('node:child_process');
const hostMsgpack = require('./host_msgpack');

const LIMIT_MS = 60000;
const SPINS = 200; // reads before each sleep
const LOOK_MS = 100; // how often is looked whether the process still lives

// The program that runs C# (tests/mono/host/Host.cs), in real Mono. It is spoken to without giving up the thread, because
// a call of an export has its result when it returns; while an answer is awaited, the program may ask in turn.
class MonoProcess {
  // program: mono_host.exe, with the stand-in's CitizenFX.Core.dll beside it.
  constructor(program) {
    this.runtimes = new Map(); // by id: MonoRuntime, which answers what its domain asks
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fxhost-mono-'));
    const pipes = ['in', 'out'].map((name) => path.join(this.folder, name));
    execFileSync('mkfifo', pipes);
    // Opened for both directions, opening waits for nobody.
    [this.out, this.in] = pipes.map((pipe) => fs.openSync(pipe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK));
    this.child = spawn('mono', [program, ...pipes], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, MONO_PATH: path.dirname(program) },
    });
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(signal || code)));
    this.child.once('error', () => {});
    this.pause = new Int32Array(new SharedArrayBuffer(4));
  }

  // Asks, and gives the answer; throws what the program answers instead.
  ask(...request) {
    this.write(request);
    for (;;) {
      const [what, ...details] = this.read();
      if (what === 'ok') return details[0];
      if (what === 'error') throw new Error(details[0]);
      this.write(this.answer(what, details));
    }
  }

  answer(what, [id, ...details]) {
    try {
      return ['ok', this.runtimes.get(id).served(what, ...details) ?? null];
    } catch (error) {
      return ['error', String((error && error.message) || error)];
    }
  }

  write(message) {
    const body = hostMsgpack.pack(message);
    const frame = Buffer.concat([Buffer.alloc(4), body]);
    frame.writeUInt32LE(body.length);
    let at = 0;
    this.repeat(() => {
      at += fs.writeSync(this.out, frame, at);
      return at === frame.length;
    });
  }

  read() {
    const size = this.exactly(4).readUInt32LE();
    return hostMsgpack.unpack(this.exactly(size));
  }

  exactly(count) {
    const bytes = Buffer.alloc(count);
    let at = 0;
    this.repeat(() => {
      at += count === at ? 0 : fs.readSync(this.in, bytes, at, count - at);
      return at === count;
    });
    return bytes;
  }

  // Does `step` until it gives true, waiting while the pipe is not ready.
  repeat(step) {
    const until = Date.now() + LIMIT_MS;
    let looked = Date.now();
    for (let spins = 0; ; spins += 1) {
      try {
        if (step()) return;
        spins = 0;
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
      if (spins < SPINS) continue;
      Atomics.wait(this.pause, 0, 0, 0.05);
      const now = Date.now();
      if (now - looked < LOOK_MS) continue;
      looked = now;
      if (!this.lives()) throw new Error('mono_host has ended');
      if (now > until) throw new Error(`mono_host did not answer within ${LIMIT_MS} ms`);
    }
  }

  // Node does not notice the end of a child while this thread is busy.
  lives() {
    try {
      return !/^\d+ \(.*\) [ZX]/.test(fs.readFileSync(`/proc/${this.child.pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  }

  // Ends the program, whatever still runs in it; its exit code.
  close() {
    if (this.out === null) return this.ended;
    try {
      if (this.lives()) this.ask('exit');
    } catch {
      // It has ended on its own; `ended` says how.
    }
    fs.closeSync(this.out);
    fs.closeSync(this.in);
    this.out = null;
    this.in = null;
    fs.rmSync(this.folder, { recursive: true, force: true });
    return this.ended;
  }
}

module.exports = { MonoProcess };
