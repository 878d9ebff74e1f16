'use strict';

// The meter of the game thread: who spent how many microseconds in a tick, and on what. Times are "self" times: what
// Lua of one resource calls in JavaScript of another is charged to the other.

const KINDS = ['lua', 'js', 'codecLua', 'codecJs'];
const SAMPLES_MAX = 1 << 16;

// The figures of one series, one sample a tick, in microseconds. Keeps the newest SAMPLES_MAX samples for the
// percentiles; mean, max and total are of all.
class Series {
  constructor() {
    this.samples = new Float64Array(1024);
    this.count = 0;
    this.total = 0;
    this.max = 0;
  }

  add(us) {
    if (this.count === this.samples.length && this.samples.length < SAMPLES_MAX) {
      const larger = new Float64Array(this.samples.length * 2);
      larger.set(this.samples);
      this.samples = larger;
    }
    this.samples[this.count % this.samples.length] = us;
    this.count += 1;
    this.total += us;
    if (us > this.max) this.max = us;
  }

  figures() {
    if (this.count === 0) return { mean: 0, p50: 0, p99: 0, max: 0, total: 0 };
    const sorted = this.samples.slice(0, Math.min(this.count, this.samples.length)).sort();
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    const round = (us) => Math.round(us * 100) / 100;
    return {
      mean: round(this.total / this.count),
      p50: round(at(0.5)),
      p99: round(at(0.99)),
      max: round(this.max),
      total: round(this.total),
    };
  }
}

class Account {
  constructor() {
    this.spent = new Float64Array(KINDS.length);
    this.restart();
  }

  restart() {
    this.spent.fill(0);
    this.all = new Series();
    this.kinds = KINDS.map(() => new Series());
  }
}

class Meter {
  // now() gives milliseconds.
  constructor(now = () => performance.now()) {
    this.now = now;
    this.accounts = new Map();
    this.stackAccount = [];
    this.stackKind = [];
    this.last = 0;
    this.restart();
  }

  // Begins the figures anew; who is running now stays known.
  restart() {
    this.ticks = 0;
    this.hitches = 0;
    this.all = new Series();
    for (const account of this.accounts.values()) account.restart();
  }

  account(name) {
    let account = this.accounts.get(name);
    if (!account) {
      account = new Account();
      this.accounts.set(name, account);
    }
    return account;
  }

  // From now until the matching leave(), time is that of `account`. Kinds: Meter.LUA, JS, CODEC_LUA, CODEC_JS.
  enter(account, kind) {
    const now = this.now();
    const depth = this.stackAccount.length;
    if (depth > 0) this.stackAccount[depth - 1].spent[this.stackKind[depth - 1]] += now - this.last;
    this.stackAccount.push(account);
    this.stackKind.push(kind);
    this.last = now;
  }

  leave() {
    const now = this.now();
    this.stackAccount.pop().spent[this.stackKind.pop()] += now - this.last;
    this.last = now;
  }

  // The tick ends: what was spent since the last one becomes one sample of each series.
  endTick() {
    let sum = 0;
    for (const account of this.accounts.values()) {
      let own = 0;
      for (let kind = 0; kind < KINDS.length; kind += 1) {
        const us = account.spent[kind] * 1000;
        account.kinds[kind].add(us);
        account.spent[kind] = 0;
        own += us;
      }
      account.all.add(own);
      sum += own;
    }
    this.all.add(sum);
    this.ticks += 1;
    if (sum > 150000) this.hitches += 1;
  }

  figures() {
    const resources = {};
    for (const [name, account] of this.accounts) {
      const of = { all: account.all.figures() };
      KINDS.forEach((kind, index) => {
        of[kind] = account.kinds[index].figures();
      });
      resources[name] = of;
    }
    return { unit: 'us', ticks: this.ticks, hitches: this.hitches, all: this.all.figures(), resources };
  }
}

Meter.LUA = 0;
Meter.JS = 1;
Meter.CODEC_LUA = 2;
Meter.CODEC_JS = 3;

module.exports = { Meter };
