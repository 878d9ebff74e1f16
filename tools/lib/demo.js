'use strict';

// The main job, shown: the real resource in the stand-in of the game server, against the CAD simulator over TLS.
// Started by tools/demo, which builds both.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { createHost } = require('../../tests/fxhost/host');
const { startCad, RESOURCE, KEY } = require('../../tests/fxhost/resource/cad');

const PANIC_EVERY_MS = 4000; // 15 a minute and officer after officer: within the CAD's 20
const PRESSES = 3; // nobody presses once
const STATUS_EVERY_MS = 3000;
const EVENT_EVERY_MS = 1000;
const CLEARED = 'unit1'; // whose panic a dispatcher clears, while their button sticks
const CLEAR_AFTER_MS = 1500; // well within the time in which a repeat counts as said
const SETTLE_MS = 15000; // how long what is on its way may take at the end
const HTTP_EVERY_MS = 5000; // by which positions go where there is no live connection: 12 a minute
const OUTAGE = [0.4, 0.75]; // of the time: the live connection is down, and the CAD lets nobody in
const NOBODY_IN = { only: ['hub', 'negotiate'], times: 100000, status: 503 };
const EVENTS = require('../../config/events.json').events.filter(({ type }) => /^EVENT_(911|DISPATCH|TONE|STATION|RECORD)/.test(type));
const monotonic_ms = () => Number(process.hrtime.bigint() / 1000n) / 1000;

function options() {
  const { values } = parseArgs({
    options: { units: { type: 'string', default: '128' }, seconds: { type: 'string', default: '30' }, json: { type: 'string' } },
  });
  const whole = (name, low, high) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new Error(`--${name} is '${values[name]}'; it must be a whole number from ${low} to ${high}.`);
    }
    return value;
  };
  return { units: whole('units', 1, 2048), seconds: whole('seconds', 5, 3600), json: values.json };
}

const quantile = (sorted, q) => (sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]);
const metres = (value) => (value === null ? 'not known yet' : `${value.toFixed(1)} m`);
const bar = (share, width = 20) => '█'.repeat(Math.min(width, Math.round(share * width))).padEnd(width, '░');

/**
 * How far the CAD's map is from where units are: metres between both, the mean over all units and moments, by how
 * positions travelled then. Beside it what HTTP alone would show: each unit where it was when the last 5 s began.
 */
class MapError {
  constructor(players, cad) {
    this.players = players;
    this.cad = cad;
    this.byHttp = new Map();
    this.nextHttp = 0;
    this.sums = {};
    this.last = { shown: null, byHttp: null };
  }

  async measure(route) {
    const shown = (await this.cad.map(Number.MAX_SAFE_INTEGER)).units;
    const places = this.players.map((player) => [player.unit, player.x, player.y, player.z]);
    if (Date.now() >= this.nextHttp) {
      this.nextHttp = Date.now() + HTTP_EVERY_MS;
      for (const [unit, ...place] of places) this.byHttp.set(unit, place);
    }
    const mean = (of) => {
      const distances = places.filter(([unit]) => of(unit)).map(([unit, x, y, z]) => {
        const [a, b, c] = of(unit);
        return Math.hypot(a - x, b - y, c - z);
      });
      return distances.length === 0 ? null : distances.reduce((sum, one) => sum + one, 0) / distances.length;
    };
    this.last = { shown: mean((unit) => shown[unit] && [shown[unit].x, shown[unit].y, shown[unit].z]), byHttp: mean((unit) => this.byHttp.get(unit)) };
    for (const [name, value] of [[route, this.last.shown], ['http_alone', this.last.byHttp]]) {
      if (value === null) continue;
      const sum = (this.sums[name] ||= { total: 0, count: 0 });
      sum.total += value;
      sum.count += 1;
    }
  }

  mean(name) {
    return this.sums[name] ? this.sums[name].total / this.sums[name].count : null;
  }
}

/** What the module says it took, sent and saved. */
function totals(report) {
  const classes = Object.values(report.classes);
  const sum = (name) => classes.reduce((total, one) => total + one[name], 0);
  return { accepted: sum('accepted'), coalesced: sum('coalesced'), deduplicated: sum('deduplicated') };
}

function screen(report, stats, state) {
  const { accepted } = totals(report);
  const requests = Object.values(stats.operations).reduce((sum, one) => sum + one.requests, 0);
  const game = state.game;
  const lines = [
    `sonoran_bridge ${report.version}  ${report.state}   ${state.left} s left`,
    '',
    `  units ${report.units.known} tracked        positions and calls taken ${accepted}   requests that left ${requests}`,
    '',
    '  operation             sent  budget a minute            answered in (p99)',
  ];
  for (const [name, one] of Object.entries(report.operations)) {
    const seen = stats.operations[name] || { window_now: 0, limit: one.budget.limit, requests: 0 };
    lines.push(
      `  ${name.padEnd(20)} ${String(seen.requests).padStart(5)}  ${bar(seen.window_now / seen.limit)} ${String(seen.window_now).padStart(2)}/${String(seen.limit).padEnd(3)} ${one.latency_ms.p99.toFixed(1).padStart(8)} ms`,
    );
  }
  const last = state.latencies.at(-1);
  lines.push(
    '',
    `  panics ${state.latencies.length} arrived of ${state.pressed.size} officers, ${state.pressed.size * PRESSES} presses` +
      (last === undefined ? '' : `; the last one after ${last.toFixed(1)} ms`),
    `  events of the CAD ${state.heard.length} heard of ${state.told}` + (state.heard.length === 0 ? '' : `; the last one, ${state.heard.at(-1).type}, after ${state.heard.at(-1).ms.toFixed(1)} ms`) +
      (state.again === undefined ? '' : `; pressed again after a dispatcher's clearing: ${state.again.toFixed(1)} ms to the CAD`),
    `  positions go ${{ hub: 'by the live connection', http: 'by HTTP', none: 'nowhere: the live connection ended a moment ago' }[report.hub.positions.route]}: ` +
      `${report.hub.positions.updates_per_s.toFixed(1)} updates a second by the live connection` + (state.outage ? '   OUTAGE of the live connection' : ''),
    `  the CAD's map is ${metres(state.map.last.shown)} from where units are (the mean); by HTTP alone ${metres(state.map.last.byHttp)}`,
    `  repeats that sent nothing: ${report.classes.panic.deduplicated + report.classes.status.deduplicated}   joined: ${report.classes.status.coalesced}   positions overtaken by newer: ${report.classes.position.coalesced}`,
    `  game thread: ${game.mean.toFixed(0)} µs a tick, p99 ${game.p99.toFixed(0)} µs`,
  );
  return lines;
}

async function main() {
  const wanted = options();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-demo-'));
  const authority = path.join(folder, 'ca.pem');
  const cad = await startCad(['--ca-file', authority]);
  const host = await createHost({
    resources: [RESOURCE, path.join(__dirname, '../../tests/fxhost/fixtures')],
    cfgText: `set sonoran_apiKey "${KEY}"\nset sonoran_bridge_url "${cad.https_url}"\nset sonoran_bridge_ca_file "${authority}"\nset sonoran_communityID "simcad"\nensure sonoran_bridge\nensure script_author\nensure js_dispatch_author`,
    clock: 'real',
    clients: Math.min(8, wanted.units),
  });
  try {
    const players = [];
    for (let i = 1; i <= wanted.units; i += 1) {
      const player = host.addPlayer({ identifiers: [`license:unit${i}`], x: (i % 64) * 60 - 2000, y: Math.floor(i / 64) * 60, z: 30, vehicle: 'POLICE',
        movement: { kind: 'drive', speed: 8 + (i % 20), turn: 4 } });
      players.push({ unit: `unit${i}`, get x() { return player.x; }, get y() { return player.y; }, get z() { return player.z; } });
    }
    await host.until(() => host.console.find('runs:').length > 0, { limitMs: SETTLE_MS, what: 'the start of the resource' });
    console.log(`The resource runs in the stand-in of the game server; the CAD simulator is ${cad.https_url}.`);
    console.log(`${wanted.units} units are on duty and drive about for ${wanted.seconds} s; some press panic, all change their status.\n`);
    // A script hears the CAD's events, and says when.
    host.evaluate('js_dispatch_author', 'js', `
      globalThis.demo = [];
      CAD.on('*', ({ type, data }) => demo.push({ type, at: performance.now(), key: JSON.stringify(data) }));`);
    const hubState = () => host.callExport('sonoran_bridge', 'status')[0].hub.state;
    await host.until(() => hubState() === 'up', { limitMs: SETTLE_MS, what: "the connection for the CAD's events" });
    // Who unit1 is, by which the CAD's events name them.
    const unit = { id: 1, status: 2, isPanic: false, data: { unitNum: '1', name: 'Unit 1', communityUserId: CLEARED } };
    await cad.hub_push({ type: 'EVENT_UNIT_LOGIN', data: { unit, isDispatch: false } });
    host.command('allduty');
    await host.run(0.5);
    host.restartGameThread();

    const state = { pressed: new Map(), latencies: [], told: 0, heard: [], again: undefined, outage: false, map: new MapError(players, cad), left: wanted.seconds, game: { mean: 0, p99: 0 } };
    const statuses = new Map();
    const begin = Date.now();
    let panicAt = begin + 1000;
    let statusAt = begin + 500;
    let eventAt = begin + 200;
    let clearAt = Infinity;
    let pressedAgain;
    let screenAt = begin;
    let drawn = 0;
    let round = 0;

    const look = async () => {
      for (const request of await cad.requests('setUnitPanic')) {
        for (const unit of JSON.parse(request.body).communityUserIds) {
          const pressed = state.pressed.get(unit);
          if (pressed === undefined || pressed.arrived) continue;
          pressed.arrived = true;
          if (unit === CLEARED) clearAt = Date.now() + CLEAR_AFTER_MS;
          state.latencies.push(request.monotonic_us / 1000 - pressed.at);
        }
        if (pressedAgain !== undefined && state.again === undefined && JSON.parse(request.body).communityUserIds.includes(CLEARED)) {
          const after = request.monotonic_us / 1000 - pressedAgain;
          if (after > 0) state.again = after;
        }
      }
    };
    /** The CAD pushes an event; a script hears it while the game goes on. */
    const push = async (type, data) => {
      state.told += 1;
      const at = performance.now();
      const key = JSON.stringify(data);
      const sent = cad.hub_push({ type, data });
      const heard = () => host.evaluate('js_dispatch_author', 'js', 'globalThis.demo.splice(0)').find((one) => one.key === key);
      let found;
      await host.until(() => (found = heard()) !== undefined, { limitMs: SETTLE_MS, what: `the event ${type} in a script` });
      await sent;
      state.heard.push({ type, ms: found.at - at });
    };
    const report = () => host.callExport('sonoran_bridge', 'status')[0];
    const draw = async () => {
      await look();
      state.game = host.gameThread().resources.sonoran_bridge.all;
      state.left = Math.max(0, Math.ceil((begin + wanted.seconds * 1000 - Date.now()) / 1000));
      const lines = screen(report(), await cad.stats(), state);
      if (process.stdout.isTTY) {
        if (drawn > 0) process.stdout.write(`\x1b[${drawn}A\x1b[J`);
        drawn = lines.length;
        console.log(lines.join('\n'));
      } else {
        console.log(`  ${state.left} s left: ${lines[2].trim()}; panics arrived ${state.latencies.length}`);
      }
    };

    const outages = { seen: 0, httpBefore: 0 };
    let mapAt = begin;
    while (Date.now() < begin + wanted.seconds * 1000) {
      const now = Date.now();
      const share = (now - begin) / (wanted.seconds * 1000);
      const outage = share >= OUTAGE[0] && share < OUTAGE[1];
      if (outage !== state.outage) {
        state.outage = outage;
        await cad.faults(outage ? NOBODY_IN : {});
        if (outage) {
          outages.seen += 1;
          outages.httpBefore = (await cad.stats()).operations.updateUnitLocations?.requests || 0;
          await cad.hub_close({ error: 'Maintenance.', allowReconnect: true });
        }
      }
      if (now >= mapAt) {
        mapAt = now + 500;
        await state.map.measure(report().hub.positions.route);
      }
      if (now >= panicAt && state.pressed.size < wanted.units) {
        panicAt = now + PANIC_EVERY_MS;
        const officer = state.pressed.size + 1;
        state.pressed.set(`unit${officer}`, { at: monotonic_ms(), arrived: false });
        for (let i = 0; i < PRESSES; i += 1) host.command(`panic ${officer}`);
      }
      if (now >= statusAt) {
        statusAt = now + STATUS_EVERY_MS;
        const value = round % 5;
        round += 1;
        for (let i = 1; i <= wanted.units; i += 4) {
          host.command(`unitstatus ${i} ${value}`);
          statuses.set(`unit${i}`, value);
        }
      }
      if (now >= eventAt && hubState() === 'up' && !outage) {
        eventAt = now + EVENT_EVERY_MS;
        const { type, example } = EVENTS[state.told % EVENTS.length];
        await push(type, example);
      }
      if (state.again === undefined) await look();
      if (now >= clearAt && hubState() === 'up' && !outage) {
        // A dispatcher clears the panic, and the officer, who sees it go out, presses once more.
        clearAt = Infinity;
        await push('EVENT_UNIT_PANIC', { identIds: [1], isPanic: false });
        pressedAgain = monotonic_ms();
        host.command('panic 1');
      }
      if (now >= screenAt) {
        screenAt = now + (process.stdout.isTTY ? 500 : 5000);
        await draw();
      }
      await host.run(0.1);
    }
    const game = host.gameThread().resources.sonoran_bridge.all;

    // What is on its way may arrive; then everything that was wanted must be what the CAD has.
    const missing = (stats) => {
      const unit = (id) => stats.units[id] || { status: null, panic: false };
      return [...statuses].filter(([id, value]) => unit(id).status !== value).length +
        [...state.pressed.keys()].filter((id) => !unit(id).panic).length;
    };
    const until = Date.now() + SETTLE_MS;
    let stats = await cad.stats();
    while (missing(stats) > 0 && Date.now() < until) {
      await host.run(0.2);
      stats = await cad.stats();
    }
    await draw();
    const last = report();
    const times = state.heard.map(({ ms }) => ms).sort((a, b) => a - b);
    const sorted = [...state.latencies].sort((a, b) => a - b);
    const operations = Object.fromEntries(Object.entries(stats.operations).filter(([, one]) => one.requests > 0).map(([name, one]) =>
      [name, { requests: one.requests, largest_in_60s: one.largest_window, limit: one.limit, refused_429: one.answered['429'] || 0 }]));
    const results = host.callExport('script_author', 'results')[0];
    const summary = {
      units: wanted.units,
      seconds: wanted.seconds,
      calls: results.calls + totals(last).accepted - last.classes.panic.accepted - last.classes.status.accepted,
      requests: operations,
      panic_latency_ms: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), count: sorted.length },
      events: { told: state.told, heard: state.heard.length, p50_ms: quantile(times, 0.5), max_ms: times.at(-1) ?? null },
      pressed_again_after_clearing_ms: state.again ?? null,
      duplicates_suppressed: totals(last).deduplicated,
      coalesced: totals(last).coalesced,
      game_thread_us_per_tick: { mean: game.mean, p99: game.p99 },
      lost: missing(stats),
      positions: last.hub.positions,
      map_error_m: { hub: state.map.mean('hub'), http: state.map.mean('http'), none: state.map.mean('none'), http_alone: state.map.mean('http_alone') },
    };
    const broken = [];
    for (const [name, one] of Object.entries(operations)) {
      if (one.largest_in_60s > one.limit) broken.push(`${name} sent ${one.largest_in_60s} requests in 60 s; ${one.limit} are allowed`);
      if (one.refused_429 > 0) broken.push(`${name} was refused ${one.refused_429} times with 429`);
    }
    if (summary.lost > 0) broken.push(`${summary.lost} panics or statuses did not arrive`);
    if (stats.unknown_targets > 0) broken.push(`${stats.unknown_targets} requests had a target that the CAD does not know`);
    if (summary.events.heard < summary.events.told) broken.push(`${summary.events.told - summary.events.heard} events of the CAD were not heard`);
    if (pressedAgain !== undefined && state.again === undefined) broken.push('the press after the clearing did not reach the CAD');
    if (host.scriptErrors.length > 0) broken.push(`a script failed: ${host.scriptErrors[0].message || JSON.stringify(host.scriptErrors[0])}`);
    if (results.refused > 0) broken.push(`${results.refused} calls were refused: ${results.refusals[0]}`);
    if (host.console.find(KEY).length > 0) broken.push('the API key was printed');
    if (!operations.heartbeat) broken.push('no heartbeat reached the CAD');
    if (last.hub.positions.acknowledged === 0) broken.push('no positions reached the CAD by the live connection');
    const long = wanted.seconds * (OUTAGE[1] - OUTAGE[0]) > 9; // 3 s of grace, then every 5 s
    if (long && !(operations.updateUnitLocations?.requests > outages.httpBefore)) broken.push('HTTP did not take over in the outage');
    if (last.hub.positions.refused.too_fast + last.hub.positions.refused.unit + last.hub.positions.refused.other > 0) broken.push('the CAD refused positions');
    summary.broken = broken;

    console.log('\nsummary');
    const shown = (number) => (number === null ? '-' : number.toFixed(1));
    console.log(`  ${summary.calls} positions and calls from Lua became ${Object.values(operations).reduce((sum, one) => sum + one.requests, 0)} requests:`);
    for (const [name, one] of Object.entries(operations)) {
      console.log(`    ${name.padEnd(20)} ${String(one.requests).padStart(4)} requests, at most ${one.largest_in_60s} in any 60 s (limit ${one.limit})`);
    }
    console.log(`  panic, from the press to the CAD: p50 ${shown(summary.panic_latency_ms.p50)} ms, p99 ${shown(summary.panic_latency_ms.p99)} ms (${sorted.length} officers)`);
    console.log(`  events, from the CAD to a script: p50 ${shown(summary.events.p50_ms)} ms, max ${shown(summary.events.max_ms)} ms (${summary.events.heard})`);
    if (state.again !== undefined) console.log(`  a dispatcher cleared ${CLEARED}'s panic, and the next press reached the CAD in ${shown(state.again)} ms`);
    console.log(`  the CAD's map was ${metres(summary.map_error_m.hub)} from where units were (the mean) by the live connection; ${metres(summary.map_error_m.http)} by HTTP in an outage; ${metres(summary.map_error_m.http_alone)} had all gone by HTTP`);
    console.log(`  ${last.hub.positions.acknowledged} positions by ${last.hub.positions.calls} calls of the live connection, ${last.hub.positions.lost} calls lost`);
    console.log(`  duplicates suppressed ${summary.duplicates_suppressed}, coalesced ${summary.coalesced}, lost ${summary.lost}`);
    console.log(`  game thread ${shown(game.mean)} µs a tick (p99 ${shown(game.p99)} µs), Lua in WebAssembly`);
    for (const message of broken) console.log(`  BROKEN: ${message}.`);
    console.log(broken.length === 0 ? 'demo: all invariants held' : 'demo: an invariant was broken');
    if (wanted.json) fs.writeFileSync(path.resolve(process.env.SONORAN_CALLER || '.', wanted.json), `${JSON.stringify(summary, null, 2)}\n`);
    process.exitCode = broken.length === 0 ? 0 : 1;
  } finally {
    host.close();
    await cad.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

main().catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 2;
});
