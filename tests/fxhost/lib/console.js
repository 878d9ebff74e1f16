'use strict';

const { EventEmitter } = require('node:events');

const LINES_MAX = 20000;

// What the server's console showed. `lines` are texts without colour codes; `entries` have {t, channel, text, raw}.
class Console extends EventEmitter {
  constructor({ clock, quiet = true, out = process.stdout }) {
    super();
    this.clock = clock;
    this.quiet = quiet;
    this.out = out;
    this.lines = [];
    this.entries = [];
    this.dropped = 0;
    this.partial = new Map();
  }

  // Writes text that may have several lines, or a part of one.
  write(channel, text) {
    const whole = (this.partial.get(channel) || '') + text;
    const parts = whole.split('\n');
    this.partial.set(channel, parts.pop());
    for (const part of parts) this.line(channel, part);
  }

  line(channel, raw) {
    const text = raw.replace(/\^[0-9*_~=r]/g, '');
    const entry = { t: this.clock.now(), channel, text, raw };
    if (this.lines.length >= LINES_MAX) {
      this.lines.shift();
      this.entries.shift();
      this.dropped += 1;
    }
    this.lines.push(text);
    this.entries.push(entry);
    if (!this.quiet) this.out.write(`[${channel.padStart(20)}] ${text}\n`);
    this.emit('line', entry);
  }

  // The lines that contain `needle` (text or regular expression).
  find(needle) {
    return this.lines.filter((line) => (needle instanceof RegExp ? needle.test(line) : line.includes(needle)));
  }

  clear() {
    this.lines.length = 0;
    this.entries.length = 0;
  }
}

module.exports = { Console };
