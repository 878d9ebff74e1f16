'use strict';

// What the tracker costs on the game thread, from its Lua into the module, in microseconds an interval:
//   node resource/measure.js [units ...]          -> one line of JSON
// All units drive, so every one of them crosses every interval. The parts are measured apart, because one of them is not
// true here: Lua is WebAssembly (lua, codecLua are upper bounds; luaNative and codecLuaNative are the same file in plain Lua 5.4
// with natives that cost nothing, and a codec in C like the game server's), while JavaScript, its msgpack and the module are what a game server runs (js, codecJs).

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { createHost } = require('../host');
const { startCad, BUILD, RESOURCE, KEY } = require('./cad');

const INTERVAL_MS = 250;
const INTERVALS = 40;
const LUA = path.resolve(__dirname, '../../../lua');
const COST = path.resolve(__dirname, '../../lua/tracker_cost.lua');

const round = (value) => Math.round(value * 10) / 10;

/** Microseconds of each part over `INTERVALS` intervals with so many units; without the tracker when `tracking` is off. */
async function totals(cad, units, tracking) {
  const host = await createHost({
    resources: [RESOURCE],
    cfgText: [
      `set sonoran_apiKey "${KEY}"`,
      `set sonoran_bridge_url "${cad.http_url}"`,
      `set sonoran_bridge_tracking "${tracking}"`,
      `set sonoran_bridge_position_interval_ms "${INTERVAL_MS}"`,
      'ensure sonoran_bridge',
    ].join('\n'),
    clock: 'real',
    players: units,
  });
  try {
    const crossings = () => host.callExport('sonoran_bridge', 'status')[0].tracker.crossings;
    await host.until(() => host.console.find('runs:').length > 0, { what: 'the start' });
    if (tracking === 'all') await host.until(() => crossings() > 1, { limitMs: 60000, what: 'the first intervals' });
    const before = crossings();
    host.restartGameThread();
    await host.run((INTERVALS * INTERVAL_MS) / 1000);
    const { resources } = host.gameThread();
    const parts = resources.sonoran_bridge;
    const of = (name) => parts[name].total;
    return { intervals: crossings() - before, lua: of('lua'), codecLua: of('codecLua'), js: of('js'), codecJs: of('codecJs') };
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

async function main() {
  const counts = process.argv.slice(2).map(Number);
  const cad = await startCad(['--rate-scale', '0']);
  const results = [];
  try {
    const idle = await totals(cad, 0, 'marked');
    for (const units of counts.length > 0 ? counts : [200, 2048]) {
      const spent = await totals(cad, units, 'all');
      const each = (name) => round(Math.max(0, spent[name] - idle[name]) / spent.intervals);
      results.push({
        units,
        intervals: spent.intervals,
        us: { lua: each('lua'), codecLua: each('codecLua'), js: each('js'), codecJs: each('codecJs'), ...native(units) },
      });
    }
  } finally {
    await cad.stop();
  }
  console.log(JSON.stringify({ what: 'tracker, one interval, from Lua into the module', results }));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
