'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Meter } = require('../lib/meter');
const { hostOf } = require('./sandbox');

test('figures are of ticks: mean, median, 99th percentile, maximum, total', () => {
  const meter = new Meter();
  const account = meter.account('one');
  for (let i = 1; i <= 100; i += 1) {
    account.spent[Meter.LUA] = i / 1000;
    meter.endTick();
  }
  const { all, lua, js } = meter.figures().resources.one;
  assert.deepEqual(lua, { mean: 50.5, p50: 50, p99: 99, max: 100, total: 5050 });
  assert.deepEqual(all, lua);
  assert.deepEqual(js, { mean: 0, p50: 0, p99: 0, max: 0, total: 0 });
});

test('time inside another runtime is charged to that one', () => {
  let now = 100;
  const meter = new Meter(() => now);
  const [one, two] = [meter.account('one'), meter.account('two')];
  const pass = (ms) => {
    now += ms;
  };
  meter.enter(one, Meter.LUA);
  pass(1);
  meter.enter(one, Meter.CODEC_LUA);
  pass(2);
  meter.leave();
  meter.enter(two, Meter.JS);
  pass(4);
  meter.enter(one, Meter.LUA);
  pass(8);
  meter.leave();
  meter.leave();
  pass(16);
  meter.leave();
  pass(1000);
  meter.endTick();
  const { resources, all } = meter.figures();
  assert.equal(resources.one.lua.total, 25000);
  assert.equal(resources.one.codecLua.total, 2000);
  assert.equal(resources.one.js.total, 0);
  assert.equal(resources.two.js.total, 4000);
  assert.equal(all.total, 31000);
  assert.equal(meter.figures().hitches, 0);
});

test('each resource has its Lua, its JavaScript and its share of the borders', async (t) => {
  const host = await hostOf(t, {
    worker: { 'server.js': `exports('sum', (list) => list.reduce((a, b) => a + b, 0));` },
    caller: {
      'server.lua': `local list = {} for i = 1, 2000 do list[i] = i end
      CreateThread(function() while true do assert(exports.worker:sum(list) == 2001000) Wait(0) end end)`,
    },
    idle: { 'server.lua': '' },
  });
  host.restartGameThread();
  await host.ticks(50);
  const { ticks, all, resources, tickMs } = host.gameThread();
  assert.equal(ticks, 50);
  assert.equal(tickMs, 16);
  const { worker, caller, idle } = resources;
  assert.ok(caller.codecLua.total > 0 && caller.lua.total > 0 && caller.js.total === 0);
  assert.ok(worker.codecJs.total > 0 && worker.js.total > 0 && worker.lua.total === 0);
  assert.ok(idle.js.total === 0 && idle.codecLua.total === 0 && idle.codecJs.total === 0);
  const sum = [worker, caller, idle].reduce((total, one) => total + one.all.total, 0);
  assert.ok(Math.abs(sum - all.total) < 1, `${sum} and ${all.total}`);
  assert.equal(host.scriptErrors.length, 0);
});

test('starting resources is no part of the figures', async (t) => {
  const host = await hostOf(t, { one: { 'server.lua': `for i = 1, 1000000 do end` } });
  assert.equal(host.gameThread().ticks, 0);
  assert.equal(host.gameThread().all.total, 0);
});
