'use strict';

// How the resource's JavaScript fetches what waits: once a tick, an empty poll is one atomic read, and no more than a
// millisecond a turn. The natives, the clock and the addon are this test's; the file is the real one.

const assert = require('node:assert/strict');
const vm = require('node:vm');
const { test } = require('node:test');
const { RESOURCE } = require('../fxhost/resource/cad');
const { loadResource } = require('./natives');

/** The resource's JavaScript over a bridge in which `waiting` events wait; each costs `eventMs` of a clock of its own. */
function resourceWith({ waiting, eventMs = 0, external = true }) {
  const seen = { reads: 0, calls: {}, polls: [], answers: 0, now: 0 };
  const pending = new Uint32Array([waiting]);
  const took = (max) => {
    const count = Math.min(max, pending[0]);
    pending[0] -= count;
    seen.polls.push(count);
    seen.now += count * eventMs;
    return Array.from({ length: count }, (_, n) => ({ ticket: n + 1, ok: false, status: 500, error: { kind: 'unavailable' } }));
  };
  const functions = {
    settings: () => [],
    setting: () => undefined,
    open: () => ({ id: 0, pending: external ? pending : undefined }),
    stop: () => ({ panics: 0, statuses: 0, positions: 0, calls: 0 }),
    close: () => {},
    pending: () => pending[0],
    panic: () => [7, 0.5],
    poll: (_, max) => took(max),
  };
  const addon = { version: '0' };
  for (const [name, fn] of Object.entries(functions)) {
    addon[name] = (...args) => {
      seen.calls[name] = (seen.calls[name] || 0) + 1;
      return fn(...args);
    };
  }
  const more = {
    process,
    console: { log() {} },
    performance: { now: () => seen.now },
    Atomics: {
      load: (array, index) => {
        seen.reads += 1;
        return Atomics.load(array, index);
      },
    },
    require: (name) => (name.endsWith('.node') ? addon : require(name)),
  };
  const { door, tick } = loadResource(RESOURCE, { context: vm.createContext({}), more });
  const [ok, message] = door('open', (answers, done = []) => void (seen.answers += answers.length + done.length));
  assert.ok(ok, message);
  seen.calls = {};
  return { seen, pending, tick, stop: () => door('close'), door };
}

test('an empty poll is a single atomic read, and no call', () => {
  const { seen, tick } = resourceWith({ waiting: 0 });
  for (let n = 0; n < 100; n += 1) tick();
  assert.equal(seen.reads, 100);
  assert.deepEqual(seen.calls, {});
});

test('a press crosses into the addon once, and brings its ticket and its wait back', () => {
  const { seen, door } = resourceWith({ waiting: 0 });
  const [ok, [ticket, wait]] = door('panic', true, 'unit-1', true);
  assert.deepEqual([ok, ticket, wait], [true, 7, 0.5]);
  assert.deepEqual(seen.calls, { panic: 1 });
});

test('where the memory cannot be shared, an empty poll is a single call that asks for the number', () => {
  const { seen, tick } = resourceWith({ waiting: 0, external: false });
  for (let n = 0; n < 100; n += 1) tick();
  assert.deepEqual(seen.calls, { pending: 100 });
});

test('what waits is fetched whole in one turn when it is quick', () => {
  const { seen, tick, pending } = resourceWith({ waiting: 1000, eventMs: 0 });
  tick();
  assert.equal(pending[0], 0);
  assert.equal(seen.answers, 1000);
});

test('a turn ends once a millisecond is over, and the next one goes on', () => {
  // 20 µs is what an answer costs with its way to Lua.
  const { seen, tick, pending } = resourceWith({ waiting: 1000, eventMs: 0.02 });
  let turns = 0;
  for (; pending[0] > 0; turns += 1) {
    const before = seen.now;
    const left = pending[0];
    tick();
    assert.ok(pending[0] < left, 'each turn gets on');
    assert.ok(seen.now - before <= 1, `a turn took ${seen.now - before} ms`);
    assert.ok(turns < 100);
  }
  assert.equal(seen.answers, 1000);
  assert.ok(turns >= 20, `${turns} turns`);
});

test('one answer that takes long ends the turn', () => {
  const { seen, tick } = resourceWith({ waiting: 100, eventMs: 5 });
  tick();
  assert.equal(seen.polls.length, 1);
});

test('a stop tells all that waits, and after it a tick reads nothing: the memory is gone', () => {
  const { seen, tick, stop } = resourceWith({ waiting: 300, eventMs: 5 });
  stop();
  assert.equal(seen.answers, 300);
  seen.calls = {};
  tick();
  assert.deepEqual([seen.reads, seen.calls], [0, {}]);
});
