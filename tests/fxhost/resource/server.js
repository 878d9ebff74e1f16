'use strict';

// A game server with the real resource, as the build has staged it, and the CAD simulator that it talks to: for tests.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { createHost } = require('../host');
const { startCad, RESOURCE, MONO_RESOURCE, KEY, DOOR } = require('./cad');

const FIXTURES = path.resolve(__dirname, '../fixtures');
// For how long a test waits for what must come. Only what fails waits so long: a panic may wait a minute for its budget,
// and the machine may be busy with builds.
const LIMIT_MS = 120000;

/**
 * Host and CAD for one test, closed after it. `cfg` is added before the lines that ensure the resources of `ensure`;
 * `resources` are the folders, else those of the build and the fixtures; `url(cad)` is where the bridge looks for the CAD; `options` are the simulator's, `host` the stand-in's.
 */
async function serverOf(t, { cfg = '', url, options = [], host: hostOptions = {}, cad: given, key, resources, ensure = ['sonoran_bridge', 'script_author'] } = {}) {
  const cad = given || (await startCad(options));
  const host = await createHost({
    resources: resources || [RESOURCE, ...(DOOR.mono ? [MONO_RESOURCE] : []), FIXTURES],
    cfgText: [
      `set sonoran_apiKey "${key ?? cad.key}"`,
      `set sonoran_bridge_url "${url ? url(cad) : cad.http_url}"`,
      cfg,
      ...(DOOR.mono && ensure.includes('sonoran_bridge') ? ['ensure sonoran_bridge_mono'] : []),
      ...ensure.map((name) => `ensure ${name}`),
    ].join('\n'),
    clock: 'real',
    ...DOOR,
    ...hostOptions,
  });
  t.after(async () => {
    host.close();
    await cad.stop();
  });
  const until = (what, condition) => host.until(condition, { limitMs: LIMIT_MS, what });
  const said = (text) => until(String(text), () => host.console.find(text).length > 0);
  /** Waits until the CAD's counters satisfy `condition`, with the game going on. */
  const seen = async (what, condition) => {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const stats = await cad.stats();
      if (condition(stats)) return stats;
      assert.ok(Date.now() < end, `${what} was not seen within ${LIMIT_MS} ms: ${JSON.stringify(stats)}`);
      await host.run(0.1);
    }
  };
  const results = () => host.callExport('script_author', 'results')[0];
  const call = (name, ...args) => host.callExport('sonoran_bridge', name, ...args);
  /** Runs Lua in a resource; what it returns, as a list. */
  const lua = (resource, code) => host.evaluate(resource, 'lua', code);
  return { host, cad, said, seen, until, results, call, lua };
}

/** A server that is not the CAD: {host, url, requests: what came to it, a text each}. It ends with the test. */
async function foreign(t) {
  const requests = [];
  const server = http.createServer((request, answer) => {
    requests.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    answer.end('{}');
  });
  server.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url}`);
    socket.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${server.address().port}`;
  return { host, url: `http://${host}`, requests };
}

/** A copy of the resource, and of the C# door beside it, that `change(folder)` may change; gone after the test. */
function copyOf(t, name = 'sonoran_bridge', change = () => {}) {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
  t.after(() => fs.rmSync(parent, { recursive: true }));
  for (const end of fs.existsSync(MONO_RESOURCE) ? ['', '_mono'] : ['']) {
    fs.cpSync(`${RESOURCE}${end}`, path.join(parent, `${name}${end}`), { recursive: true });
  }
  change(path.join(parent, name));
  return path.join(parent, name);
}

/** The folders of such a copy, for `resources`. */
const copies = (folder) => [folder, ...(DOOR.mono ? [`${folder}_mono`] : []), FIXTURES];

/**
 * From now on counts, for each tick of the game, how often these functions of the resource's Lua are called ('Door.about'; or a
 * global one).
 */
const watchSteps = (s, names) => s.lua('sonoran_bridge', `steps = { {} }
  local function watch(of, name, as)
    local real = of[name]
    of[name] = function(...)
      local now = steps[#steps]
      now[as] = (now[as] or 0) + 1
      return real(...)
    end
  end
  ${names.map((name) => `watch(${name.includes('.') ? name.replace(/\..*/, '') : '_G'}, '${name.replace(/.*\./, '')}', '${name}')`).join('\n')}
  CreateThread(function()
    while true do
      Wait(0)
      if next(steps[#steps]) then steps[#steps + 1] = {} end
    end
  end)`);

/** What watchSteps has counted: [{name: times}] of the ticks that had something. */
const stepsOf = async (s) => JSON.parse(s.lua('sonoran_bridge', 'return json.encode(steps)')[0]).filter((tick) => !Array.isArray(tick));

const officer = (n) => ({ identifiers: [`license:officer${n}`, `discord:${n}00`], x: 10 * n, y: 20, z: 30, heading: 90 });

module.exports = { serverOf, foreign, officer, copyOf, copies, watchSteps, stepsOf, FIXTURES, LIMIT_MS, KEY };
