'use strict';

// Runs the benchmarks and the stand-in's measurement, and puts every number beside its target.
// Started by tools/bench, which builds what is measured.

const { spawn, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const root = path.join(__dirname, '../..');
const build = process.env.SONORAN_BUILD || path.join(root, 'build/release');
const measure = path.join(root, 'tests/fxhost/resource/measure.js');

/** Runs a program whose lines on standard output are shown as progress; standard error is shown as it is. */
function run(program, words, show) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, SONORAN_BUILD: build } });
    let rest = '';
    child.stdout.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      lines.forEach(show);
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${path.basename(program)} ended with ${code}.`))));
  });
}

async function benchmarks() {
  const file = path.join(os.tmpdir(), `sonoran-bench-${process.pid}.json`);
  try {
    await run(path.join(build, 'bin/sonoran_bench'), [`--benchmark_out=${file}`, '--benchmark_out_format=json', '--benchmark_color=false'], (line) => {
      const name = /^(BM_\S+)/.exec(line);
      if (name) console.log(`bench: ${name[1]} is measured`);
    });
    const { benchmarks: list } = JSON.parse(fs.readFileSync(file, 'utf8'));
    return new Map(list.map((one) => [one.name.replace(/\/(iterations|min_time):.*$/, ''), one]));
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/**
 * What positions cost the game thread, all borders included, in microseconds: {200: a reading of all places, 2048: ...,
 * seconds: {200: a second with the hub up, 2048: ...}}. The tracker's own Lua is timed in plain Lua 5.4 and its codec in C,
 * as the stand-in's are WebAssembly and JavaScript; the other side's codec, which is the game server's, and JavaScript are
 * timed in the stand-in. And {press}: how long one panic holds the game thread.
 */
async function fromLua() {
  if (!fs.existsSync(measure)) return {};
  console.log('bench: the tracker is measured in the stand-in');
  let text = '';
  await run(process.execPath, [measure, '200', '2048'], (line) => (text = line));
  const { results, seconds, press } = JSON.parse(text);
  const together = (list) => Object.fromEntries(list.map(({ units, us }) =>
    [units, (us.luaNative ?? us.lua) + (us.codecLuaNative ?? us.codecLua) + us.js + us.codecJs]));
  return { ...together(results), seconds: together(seconds), press };
}

/** What the status page costs the game thread, in microseconds: see tests/page/measure.js. */
async function ofPage() {
  console.log('bench: the status page is measured in the stand-in');
  let text = '';
  await run(process.execPath, [path.join(root, 'tests/page/measure.js')], (line) => (text = line));
  return JSON.parse(text);
}

/** Each addon that was built, stripped as it is shipped. */
function addons() {
  const found = [];
  for (const preset of ['release', 'musl', 'windows']) {
    const folder = path.join(root, 'build', preset, 'lib');
    const addon = path.join(folder, 'sonoran_bridge.node');
    if (!fs.existsSync(addon)) continue;
    const stripped = path.join(os.tmpdir(), `sonoran-stripped-${process.pid}`);
    try {
      // Debian's strip knows no DLLs; those are linked without symbols.
      if (preset === 'windows') fs.copyFileSync(addon, stripped);
      else execFileSync('strip', ['-o', stripped, addon]);
      found.push({ preset, mib: fs.statSync(stripped).size / 2 ** 20 });
    } finally {
      fs.rmSync(stripped, { force: true });
    }
  }
  return found;
}

function table(measured, ticks, page) {
  const rows = [];
  // Without a target a row says what the machine itself does, for the rows around it to be read by.
  const row = (what, unit, target, value) => {
    const known = typeof value === 'number' && Number.isFinite(value);
    rows.push({ what, unit, target, measured: known ? value : null, ratio: known && target > 0 ? value / target : null,
      held: known ? target === null || value <= target : null });
  };
  const of = (name, field) => measured.get(name)?.[field];
  const worst = (prefix, field) => {
    const values = [...measured].filter(([name]) => name.startsWith(prefix)).map(([name, one]) => [one[field], name.slice(prefix.length)]);
    return values.sort((a, b) => b[0] - a[0])[0] || [];
  };

  row('one position through the C ABI, 2,048 units, mean', 'ns', 150, of('BM_Position', 'real_time'));
  row('  the same in one call for all, a position', 'ns', 150, of('BM_AllPositions', 'real_time') * 1000 / 2048);
  row('  allocations of both together', '', 0, of('BM_Position', 'allocations') + of('BM_AllPositions', 'allocations'));
  row('a reading of all places, Lua to module, 200 units', 'µs', 50, ticks[200]);
  row('a reading of all places, Lua to module, 2,048 units', 'µs', 300, ticks[2048]);
  row('the game thread for positions a second, hub up, 200 units driving', 'µs', 1000, ticks.seconds?.[200]);
  row('  the same with 2,048 units', 'µs', null, ticks.seconds?.[2048]);
  row('one press in the stand-in (WebAssembly) beside a vendor\'s resource that restarts, at most', 'µs', 5000, ticks.press?.max_us);
  row('  the same, p50', 'µs', null, ticks.press?.p50_us);
  const [slowest, name] = worst('BM_CadHangs/', 'p99.9_us');
  row(`any other call while the CAD hangs, p99.9 (slowest: ${name})`, 'µs', 20, slowest);
  row('  sb_call with 1 KiB, p99', 'µs', 20, of('BM_CadHangs/sb_call(1 KiB)', 'p99_us'));
  row('  sb_call with 1 KiB, p99.9', 'µs', 20, of('BM_CadHangs/sb_call(1 KiB)', 'p99.9_us'));
  row('  allocations of sb_call with 1 KiB', '', 1, of('BM_Call/sb_call(1 KiB)', 'allocations_a_call'));
  row('  a microsecond of arithmetic on this machine, p99.9', 'µs', null, of('BM_Machine', 'p99.9_us'));
  row('  a call that must wake the loop thread, p50', 'µs', null, of('BM_Apart/sb_set_panic', 'p50_us'));
  row('  waking any thread on this machine, p50', 'µs', null, of('BM_Wake', 'p50_us'));
  row('sb_set_panic, mean', 'µs', 1, of('BM_Call/sb_set_panic', 'real_time') / 1000);
  row('sb_create over TLS, mean', 'ms', 2, of('BM_Create', 'real_time') / 1000);
  row('setUnitStatus with 2,048 ids, the call, mean', 'µs', 1000, of('BM_CallNaming/2048', 'real_time'));
  row('  with 4,096 ids, which is twice as many', 'µs', 2000, of('BM_CallNaming/4096', 'real_time'));
  row('  with 80,000 ids, which is refused', 'µs', null, of('BM_CallNaming/80000', 'real_time'));
  row('a turn of the loop thread for a call of thousands of ids (1,024 of them)', 'µs', 2000, of('BM_LoopTakes/1024', 'real_time'));
  const behind = (ids, field) => of(`BM_PanicBehindACall/${ids}`, field) / 1000;
  for (const [ids, said] of [[4096, 'a call of 4,096 ids'], [80000, '20 calls of 80,000 ids together']]) {
    row(`panic to first byte behind ${said}, for one behind a call of one id: p50 more`, 'ms', 2, behind(ids, 'p50_us') - behind(1, 'p50_us'));
    row('  p99', 'ms', null, behind(ids, 'p99_us'));
  }
  row('  p99 behind a call of one id', 'ms', null, behind(1, 'p99_us'));
  row('panic to first byte, 2,048-unit batch stalled, p99', 'ms', 2, of('BM_PanicBesideAStalledBatch', 'p99_us') / 1000);
  const [amid, after] = worst('BM_PanicAmidABatch/', 'p99_us');
  row(`panic to first byte, amid such a batch, p99 (slowest: ${after} ms after it)`, 'ms', 2, amid / 1000);
  for (const [idle, name] of [[2000, '2 s'], [30000, '30 s']]) {
    row(`panic to its answer, after ${name} of idleness that a firewall forgets, p99`, 'ms', 2500, of(`BM_PanicAfterSilence/${idle}`, 'p99_us') / 1000);
    row('  the longest', 'ms', 5000, of(`BM_PanicAfterSilence/${idle}`, 'max_us') / 1000);
  }
  row('  a page of memory touched for the first time on this machine', 'µs', null, of('BM_FirstTouch', 'page_us'));
  row('connected although the first address drops SYNs, longest', 'ms', 1000, of('BM_FirstAddressDropsSyn', 'max_us') / 1000);
  row('connected although the first address stays mute, longest', 'ms', 1500, of('BM_FirstAddressMute', 'max_us') / 1000);
  row('2,048 units at 1 Hz, both threads', '% of a core', 1, of('BM_Server2048', 'core_percent'));
  row('2,048 units at 1 Hz, resident growth', 'MiB', 64, of('BM_Server2048', 'grown_mib'));
  row('every queue full and nothing polled, resident growth', 'MiB', 256, of('BM_FullQueues', 'grown_mib'));
  row('requests for 200 units at 1 Hz, 10 minutes', '', 120, of('BM_TenMinutesOf200Units', 'requests'));
  row('  most of them in any 60 s', '', 12, of('BM_TenMinutesOf200Units', 'most_in_60_s'));
  row('idle, loop thread', '% of a core', 0.1, of('BM_Idle', 'core_percent'));
  row('an empty poll', 'µs', 1, of('BM_EmptyPoll', 'real_time') / 1000);
  row('sb_destroy past its timeout, a silent CAD, longest', 'ms', 50, worst('BM_Shutdown', 'overrun_ms')[0]);
  row('a request that the status page refuses, for one of an empty handler (WebAssembly)', '', 2, page.refused / page.empty);
  row('  the same after too many guesses', '', 2, page.blocked / page.empty);
  row('  the empty handler itself', 'µs', null, page.empty);
  row('the longest tick while the doctor looks, 128 units (WebAssembly)', 'µs', 1000, page.doctor.most);
  row('  what all its ticks take beyond others', 'µs', null, page.doctor.all);
  row('  the longest tick while the file for support is made', 'µs', null, page.support.most);
  for (const units of [128, 2048]) {
    row(`the status page's question, ${units} units (WebAssembly)`, 'µs', 500, page[units].data);
    row('  the metrics', 'µs', null, page[units].metrics);
    row('  a tick of the resource, no page open', 'µs', null, page[units].closed);
    row('  a tick of the resource, one page open', 'µs', null, page[units].open);
  }
  // The live map, in virtual time: the worst of ten seeds.
  const counted = ['mean', 'rms', 'p95', 'p99'];
  for (const units of [64, 200, 600, 1000, 2048]) {
    const one = `BM_MapError/${units}`;
    row(`the live map's error, ${units} units, mean: of the vendor's way`, '', units === 200 ? 0.7 : 1, of(one, 'mean'));
    for (const [name, most] of [['rms', 0.62], ['p95', 1], ['p99', 0.52]]) row(`  ${name}`, '', units === 200 ? most : 1, of(one, name));
    for (const name of counted) row(`  ${name}, of first come, first served at the same pace`, '', 1, of(one, `equal_${name}`));
    row('  mean, of the optimum for constant speeds', '', 1.15, of(one, 'of_optimum'));
    row('  the mean itself', 'm', null, of(one, 'mean_m'));
    row('  updates a second that are not used', 'of 100', 2, 100 - of(one, 'updates'));
    row('  a place that was cleared by a login is back after, longest', 's', 0.5, of(one, 'back_s'));
    row('  a moving unit is unsent for, longest', 's', null, of(one, 'unsent_s'));
    row('  a unit is unread for, longest', 's', 2.1, of(one, 'unread_s'));
  }
  for (const [name, most] of [['mean', 0.7], ['rms', 0.62], ['p99', 0.52]]) {
    row(`${name === 'mean' ? 'the live map\'s error, 200 units read in ticks of 50 to 60 ms, ' : '  '}${name}: of the vendor's way`, '', most, of('BM_MapErrorInTicks/200', name));
  }
  row('  how old a place is when it leaves, mean', 'ms', null, of('BM_MapErrorInTicks/200', 'age_ms'));
  row('from a panicking unit\'s move to its place on the map, p99', 'ms', 300, of('BM_MapPanic/200', 'p99_ms'));
  for (const way of ['0 ms', '60 ms and 20 ms of jitter', '60 ms and 60 ms of jitter']) {
    const hard = way.includes('60 ms of');
    row(`the hub's pace, round trip ${way}: updates a second that are not used`, 'of 100', hard ? null : 2, 100 - of(`BM_HubPace/${way}`, 'updates'));
    row('  calls refused', '%', 1, of(`BM_HubPace/${way}`, 'refused_percent'));
    row('  full pace again on a good way, after', 's', null, of(`BM_HubPace/${way}`, 'back_s'));
  }
  for (const units of [200, 2048]) {
    row(`the live map's part of the loop thread, ${units} units, a second`, 'µs', null, of(`BM_LiveMapSecond/${units}`, 'cpu_time'));
    row('  allocations', '', 0, of(`BM_LiveMapSecond/${units}`, 'allocations'));
  }
  for (const { preset, mib } of addons()) row(`the addon, stripped, preset ${preset}`, 'MiB', 8, mib);
  return rows;
}

const shown = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 || value === 0 ? 2 : 3));

function print(rows) {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`\n${'what'.padEnd(width)}  ${'target'.padStart(8)}  ${'measured'.padStart(9)}  ${'ratio'.padStart(6)}  unit`);
  for (const { what, unit, target, measured, ratio, held } of rows) {
    const verdict = held === null ? 'NOT MEASURED' : held ? '' : 'MISSED';
    console.log(`${what.padEnd(width)}  ${String(target ?? '').padStart(8)}  ${(measured === null ? '-' : shown(measured)).padStart(9)}  ` +
      `${(ratio === null ? '' : ratio.toFixed(2)).padStart(6)}  ${unit.padEnd(12)} ${verdict}`.trimEnd());
  }
}

/** Rows by what they measure. Which call was slowest is no part of that; an indented row belongs to the one before. */
function byName({ numbers }) {
  const found = new Map();
  let above = '';
  for (const row of numbers) {
    const what = row.what.replace(/ \(slowest: .*\)$/, '');
    if (!what.startsWith(' ')) above = what;
    found.set(what.startsWith(' ') ? above + what : what, row);
  }
  return found;
}

/** Two reports side by side, as the table that docs/benchmarks.md keeps; `of before`: 1.10 is a tenth more. */
function compare(files) {
  const [before, after] = files.map((file) => byName(JSON.parse(fs.readFileSync(path.resolve(process.env.SONORAN_CALLER || '.', file), 'utf8'))));
  const value = (row) => (row && row.measured !== null ? shown(row.measured) : '-');
  const ratio = (was, is) => (was?.measured > 0 && is?.measured !== null && is ? (is.measured / was.measured).toFixed(2) : '');
  console.log('| what | target | before | after | of before | unit |\n|---|---|---|---|---|---|');
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    const { target, unit } = is || was;
    console.log(`| ${name.replace(/ {2}/, ': ')} | ${target ?? ''} | ${value(was)} | ${value(is)} | ${ratio(was, is)} | ${unit} |`);
  }
}

async function main() {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' }, compare: { type: 'boolean' } }, allowPositionals: true });
  if (values.compare) {
    if (positionals.length !== 2) throw new Error('--compare takes two files that --json wrote: before and after.');
    return compare(positionals);
  }
  if (positionals.length > 0) throw new Error(`'${positionals[0]}' is not an option; tools/bench --help lists them.`);
  const load = os.loadavg()[0];
  console.log(`bench: ${os.cpus().length} cores, ${os.cpus()[0].model}; load before the start ${load.toFixed(2)}`);
  if (load > 0.5) console.log('bench: this machine is busy; the slowest calls will be slower than they are');
  const measured = await benchmarks();
  const failed = [...measured.values()].filter((one) => one.error_occurred);
  const rows = table(measured, await fromLua(), await ofPage());
  print(rows);
  for (const one of failed) console.log(`bench: ${one.name} failed: ${one.error_message}`);
  const targets = rows.filter(({ target }) => target !== null);
  const missed = targets.filter(({ held }) => held === false).length;
  const unknown = rows.filter(({ held }) => held === null).length;
  console.log(`\nbench: ${targets.filter(({ held }) => held).length} of ${targets.length} targets held, ${missed} missed, ${unknown} not measured`);
  if (values.json) {
    const report = { cores: os.cpus().length, processor: os.cpus()[0].model, load_before: load, numbers: rows, benchmarks: [...measured.values()] };
    fs.writeFileSync(path.resolve(process.env.SONORAN_CALLER || '.', values.json), `${JSON.stringify(report, null, 2)}\n`);
  }
  process.exitCode = unknown === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
