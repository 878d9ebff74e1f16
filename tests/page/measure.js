'use strict';

// What the status page costs the game thread, in microseconds, in the stand-in of the game server:
//   node tests/page/measure.js     -> one line of JSON
// {empty, refused, blocked: a request that another resource's empty handler answers, that has no token, that comes from an
// address which guessed too often; doctor, support: {most, all: the longest tick while it looks, and all that its ticks take
// beyond others}; by units: {data: the page's question; metrics; closed, open: a tick without a page and with one that asks once a second}}

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { createHost } = require('../fxhost/host');
const { startCad, RESOURCE } = require('../fxhost/resource/cad');
const { TOKEN, cfgOf, addUnits } = require('./visit');

const REQUESTS = 300;
const SECONDS = 15;
const LOOKS = 5; // of the doctor; each spends of the budgets of getVersion and getServers
const LIMIT_MS = 120000;
const EMPTY = `SetHttpHandler(function(request, response) response.send('') end)`;
const round = (value) => Math.round(value * 10) / 10;

async function serverWith(cad, folder, units) {
  const host = await createHost({
    resources: [RESOURCE, path.join(folder, 'empty')],
    cfgText: `set sonoran_apiKey "${cad.key}"\nset sonoran_bridge_url "${cad.http_url}"\n${cfgOf('set sonoran_bridge_tracking "all"')}\n`
      + 'set rateLimiter_http_empty_rate "100000"\nset rateLimiter_http_empty_burst "100000"\n'
      + 'set rateLimiter_http_sonoran_bridge_rate "100000"\nset rateLimiter_http_sonoran_bridge_burst "100000"\n'
      + 'ensure empty\nensure sonoran_bridge',
    clock: 'real',
  });
  addUnits(host, units);
  await host.until(() => host.console.find('runs:').length > 0, { limitMs: LIMIT_MS, what: 'the start' });
  await host.run(2);
  const url = await host.httpUrl();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (target, token) => {
    let status = null;
    http.get(`${url}${target}`, { agent, headers: token ? { Authorization: `Bearer ${token}` } : {} }, (response) => {
      response.resume();
      response.on('end', () => {
        status = response.statusCode;
      });
    });
    await host.until(() => status !== null, { limitMs: LIMIT_MS, what: `an answer to ${target}` });
    return status;
  };
  return { host, ask, close: () => { agent.destroy(); host.close(); } };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/**
 * Microseconds that `resource` spends on such a request: the ticks until it is answered beyond usual ones, at the median,
 * so that what interrupts this machine is left out.
 */
async function aRequest({ host, ask }, resource, wanted, target, token) {
  const usual = [];
  for (let i = 0; i < REQUESTS; i += 1) {
    host.restartGameThread();
    await host.ticks(1);
    usual.push(host.gameThread().resources[resource]?.all.total ?? 0);
  }
  const times = [];
  for (let i = 0; i < REQUESTS; i += 1) {
    host.restartGameThread();
    const status = await ask(target, token);
    if (status !== wanted) throw new Error(`${target} was answered with ${status}.`);
    await host.ticks(1);
    const { ticks, resources } = host.gameThread(); // an answer takes several ticks
    times.push(resources[resource].all.total - ticks * median(usual));
  }
  return round(median(times));
}

/**
 * What a command costs until `end` is on the console: the longest tick, and what all ticks take beyond the usual one; the least
 * of several, since a machine interrupts one of many ticks.
 */
async function aCommand({ host }, command, end) {
  const mine = () => host.gameThread().resources.sonoran_bridge.all.total;
  const tick = async (first) => {
    host.restartGameThread();
    first?.();
    await host.ticks(1);
    return mine();
  };
  const usual = [];
  for (let i = 0; i < 200; i += 1) usual.push(await tick());
  const looks = [];
  for (let i = 0; i < LOOKS; i += 1) {
    host.console.clear();
    const times = [await tick(() => host.command(command))];
    while (host.console.find(end).length === 0) times.push(await tick());
    looks.push({ most: Math.max(...times), all: times.reduce((sum, time) => sum + time, 0) - times.length * median(usual) });
  }
  return { most: round(Math.min(...looks.map((one) => one.most))), all: round(Math.min(...looks.map((one) => one.all))) };
}

async function ticks(server) {
  const mean = () => server.host.gameThread().resources.sonoran_bridge.all.mean;
  server.host.restartGameThread();
  await server.host.run(SECONDS);
  const closed = mean();
  server.host.restartGameThread();
  for (let i = 0; i < SECONDS; i += 1) {
    await server.ask('/sonoran_bridge/data?log=1000&units=0', TOKEN);
    await server.host.run(1);
  }
  return { closed, open: mean() };
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-page-'));
  fs.mkdirSync(path.join(folder, 'empty'));
  fs.writeFileSync(path.join(folder, 'empty/fxmanifest.lua'), "fx_version 'cerulean'\nlua54 'yes'\nserver_scripts { 'server.lua' }");
  fs.writeFileSync(path.join(folder, 'empty/server.lua'), EMPTY);
  const cad = await startCad(['--rate-scale', '0']);
  const result = {};
  let server;
  try {
    server = await serverWith(cad, folder, 0);
    result.empty = await aRequest(server, 'empty', 200, '/empty/');
    result.refused = await aRequest(server, 'sonoran_bridge', 401, '/sonoran_bridge/');
    for (let i = 0; i < 20; i += 1) await server.ask('/sonoran_bridge/', 'wrong');
    result.blocked = await aRequest(server, 'sonoran_bridge', 429, '/sonoran_bridge/', 'wrong');
    server.close();
    server = await serverWith(cad, folder, 128);
    result.doctor = await aCommand(server, 'sonoran_bridge doctor json', '"checks"');
    result.support = await aCommand(server, 'sonoran_bridge support', 'is written');
    server.close();
    for (const units of [128, 2048]) {
      server = await serverWith(cad, folder, units);
      result[units] = {
        data: await aRequest(server, 'sonoran_bridge', 200, '/sonoran_bridge/data?log=1000&units=0', TOKEN),
        metrics: await aRequest(server, 'sonoran_bridge', 200, '/sonoran_bridge/metrics', TOKEN),
        ...(await ticks(server)),
      };
      server.close();
    }
  } finally {
    await cad.stop();
    fs.rmSync(folder, { recursive: true });
  }
  console.log(JSON.stringify(result));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
