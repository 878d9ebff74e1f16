'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync, spawn } = require('node:child_process');
const hostMsgpack = require('./host_msgpack');

const START_MS = 60000;

// The program that runs C# (tests/mono/host/Host.cs), in real Mono. It is spoken to without giving up the thread, because
// a call of an export has its result when it returns; while an answer is awaited, the program may ask in turn.
class MonoProcess {
  // program: mono_host.exe, with the stand-in's CitizenFX.Core.dll beside it.
  constructor(program) {
    this.runtimes = new Map(); // by id: MonoRuntime, which answers what its domain asks
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fxhost-mono-'));
    const pipes = ['in', 'out'].map((name) => path.join(this.folder, name));
    execFileSync('mkfifo', pipes);
    // Opened for both directions, so that opening does not wait.
    const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
    const both = pipes.map((pipe) => fs.openSync(pipe, O_RDWR | O_NONBLOCK));
    this.child = spawn('mono', [program, ...pipes], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, MONO_PATH: path.dirname(program) },
    });
    this.ended = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(signal || code)));
    this.child.once('error', () => {});
    this.greeted(both[1]);
    // From now on a call waits in the system, and the end of the program ends it.
    [this.out, this.in] = [fs.openSync(pipes[0], O_WRONLY), fs.openSync(pipes[1], O_RDONLY)];
    both.forEach((pipe) => fs.closeSync(pipe));
  }

  // Waits for the byte that the program sends first.
  greeted(pipe) {
    const until = Date.now() + START_MS;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      try {
        if (fs.readSync(pipe, Buffer.alloc(1), 0, 1) === 1) return;
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
      Atomics.wait(pause, 0, 0, 5);
      if (this.child.pid === undefined || !this.lives()) throw new Error('mono_host did not start; is mono installed?');
      if (Date.now() > until) throw new Error(`mono_host did not start within ${START_MS} ms`);
    }
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
    for (let at = 0; at < frame.length;) at += fs.writeSync(this.out, frame, at);
  }

  read() {
    const size = this.exactly(4).readUInt32LE();
    return hostMsgpack.unpack(this.exactly(size));
  }

  exactly(count) {
    const bytes = Buffer.alloc(count);
    for (let at = 0; at < count;) {
      const got = fs.readSync(this.in, bytes, at, count - at);
      if (got === 0) throw new Error('mono_host has ended');
      at += got;
    }
    return bytes;
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
