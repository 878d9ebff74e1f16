'use strict';

// What the positions cost the game thread, all borders included: a reading of all places, as it comes before a request by
// HTTP, in microseconds; and a second with the CAD's hub up, while every unit drives. And how long one press of panic holds
// the game thread:
//   node resource/measure.js [units ...]          -> one line of JSON
// The parts are measured apart, because one of them is not true here: Lua is WebAssembly (lua, codecLua are upper bounds;
// luaNative and codecLuaNative are the same file in plain Lua 5.4 with natives that cost nothing, and a codec in C like the
// game server's), while JavaScript, its msgpack and the module are what a game server runs (js, codecJs).

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { createHost } = require('../host');
const { startCad, BUILD, RESOURCE, KEY } = require('./cad');

const SECONDS = 20;
const PRESSES = 200;
const FIXTURES = path.resolve(__dirname, '../fixtures');
const LUA = path.resolve(__dirname, '../../../lua');
const COST = path.resolve(__dirname, '../../lua/tracker_cost.lua');

const round = (value) => Math.round(value * 10) / 10;

/**
 * Microseconds of each part in SECONDS with so many units, by the hub or by HTTP; without the tracker when `tracking` is
 * off. With how many readings there were, and of how many places.
 */
async function totals(cad, units, tracking, hub) {
  const host = await createHost({
    resources: [RESOURCE],
    cfgText: [
      `set sonoran_apiKey "${KEY}"`,
      `set sonoran_bridge_url "${cad.http_url}"`,
      `set sonoran_bridge_tracking "${tracking}"`,
      ...(hub ? ['set sonoran_communityID "simcad"'] : []),
      'ensure sonoran_bridge',
    ].join('\n'),
    clock: 'real',
    players: units,
  });
  try {
    const status = () => host.callExport('sonoran_bridge', 'status')[0];
    const until = (what, condition) => host.until(condition, { limitMs: 60000, what });
    await until('the start', () => host.console.find('runs:').length > 0);
    if (hub) await until('the hub', () => status().hub.state === 'up');
    if (tracking === 'all') await until('the first places', () => status().units?.known === units);
    await host.run(3);
    const before = status().tracker;
    host.restartGameThread();
    await host.run(SECONDS);
    const after = status().tracker;
    const parts = host.gameThread().resources.sonoran_bridge;
    const of = (name) => parts[name].total;
    return {
      readings: after.crossings - before.crossings,
      places: after.positions - before.positions,
      lua: of('lua'), codecLua: of('codecLua'), js: of('js'), codecJs: of('codecJs'),
    };
  } finally {
    host.close();
  }
}

/** {luaNative, codecLuaNative}; null where there is no lua5.4 or no codec, which is built with the benchmarks. */
function native(units) {
  const codec = path.join(BUILD, 'lib', 'lua');
  const there = fs.existsSync(path.join(codec, 'bench_msgpack.so'));
  try {
    const text = execFileSync('lua5.4', [COST, LUA, String(units), '200', ...(there ? [codec] : [])], { encoding: 'utf8' });
    const [luaNative, codecLuaNative] = text.trim().split('\n').map(Number);
    return { luaNative, codecLuaNative: codecLuaNative ?? null };
  } catch {
    return { luaNative: null, codecLuaNative: null };
  }
}

/** How long setPanic holds the game thread, in microseconds, while the vendor's resource is slow and restarts every 5 s. */
async function press(cad) {
  const host = await createHost({
    resources: [RESOURCE, FIXTURES],
    cfgText: [
      `set sonoran_apiKey "${KEY}"`,
      `set sonoran_bridge_url "${cad.http_url}"`,
      'ensure sonorancad',
      'ensure sonoran_bridge',
      'ensure script_author',
    ].join('\n'),
    clock: 'real',
    players: PRESSES,
  });
  try {
    await host.until(() => host.console.find('runs:').length > 0, { what: 'the start' });
    host.command('sonorancad_delay 700');
    const times = [];
    for (let player = 1; player <= PRESSES; player += 1) {
      const call = `exports.sonoran_bridge:setPanic(${player}, true, function() end)`;
      const began = performance.now();
      host.evaluate('script_author', 'lua', call);
      times.push(1000 * (performance.now() - began));
      if (player % 50 === 0) host.restart('sonorancad');
      await host.run(0.1);
    }
    times.sort((a, b) => a - b);
    return { p50_us: round(times[PRESSES / 2]), p99_us: round(times[Math.floor(0.99 * PRESSES)]), max_us: round(times.at(-1)) };
  } finally {
    host.close();
  }
}

async function main() {
  const counts = process.argv.slice(2).map(Number);
  const cad = await startCad(['--rate-scale', '0']);
  const results = [];
  const seconds = [];
  let pressed;
  try {
    for (const hub of [false, true]) {
      const idle = await totals(cad, 0, 'marked', hub);
      for (const units of counts.length > 0 ? counts : [200, 2048]) {
        const spent = await totals(cad, units, 'all', hub);
        const beyond = (name) => Math.max(0, spent[name] - idle[name]);
        const parts = (by, times, lua) => ({
          lua: round(beyond('lua') / by), codecLua: round(beyond('codecLua') / by),
          js: round(beyond('js') / by), codecJs: round(beyond('codecJs') / by),
          luaNative: lua.luaNative === null ? null : round(lua.luaNative * times),
          codecLuaNative: lua.codecLuaNative === null ? null : round(lua.codecLuaNative * times),
        });
        if (hub) {
          const turns_s = spent.readings / SECONDS;
          const a_turn = Math.round(spent.places / spent.readings);
          seconds.push({ units, turns_s, a_turn, us: parts(SECONDS, turns_s, native(a_turn)) });
        } else {
          results.push({ units, readings: spent.readings, us: parts(spent.readings, 1, native(units)) });
        }
      }
    }
    pressed = await press(cad);
  } finally {
    await cad.stop();
  }
  console.log(JSON.stringify({ what: 'one reading of all places, and a second with the hub up', results, seconds, press: pressed }));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
