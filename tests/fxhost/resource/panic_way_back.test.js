'use strict';

// The way of a panic there and of its answer back, whatever goes on beside it: 100 officers press, 100 answers come, no
// panic is lost. How long the game thread was held by one press is printed, not judged: a loaded machine says nothing.

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { serverOf, officer } = require('./server');

const OFFICERS = 100;
const BURSTS = 5; // officers who press in one tick share a request; the CAD takes 20 a minute
const PAUSE_S = 3;
const RESTART_S = 5;
const LIMIT_MS = 120000; // a panic may wait a minute for its budget

const VENDOR = 'ensure sonorancad';
const SCENES = {
  'the vendor\'s resource is absent': { cfg: '' },
  'the vendor\'s resource answers slowly': { modes: { delay: 700 } },
  'the vendor\'s resource restarts every 5 s': { modes: { delay: 1500 }, every: { s: RESTART_S, do: (s) => s.host.restart('sonorancad') } },
  'the vendor\'s resource fails': { modes: { fail: 'on', delay: 50 } },
  'the vendor\'s resource never answers': { modes: { delay: -1 } },
  '200 players join within 10 s': {
    modes: { delay: 700 },
    every: { s: 1, times: 10, do: (s) => { for (let i = 0; i < 20; i += 1) s.host.addPlayer(officer(s.host.players.nextSource)); } },
  },
  'the CAD refuses, and is back': { modes: { delay: 700 }, away: { refuse: true } },
  'the CAD hangs, and is back': { modes: { delay: 700 }, away: { hang: true }, cfg: 'set sonoran_bridge_read_timeout_ms "1000"' },
};

// What the native library remembers of where the key goes is one server process's; here eight share one. So each is let
// run before the next one starts.
let started = Promise.resolve();
function startNext(start) {
  const mine = started.then(start);
  started = mine.catch(() => {});
  return mine;
}

describe('100 presses, 100 answers, none lost', { concurrency: true }, () => {
  for (const [name, { cfg = '', modes, every, away }] of Object.entries(SCENES)) {
    test(`while ${name}`, { timeout: 2 * LIMIT_MS }, async (t) => {
      const s = await startNext(async () => {
        const server = await serverOf(t, { cfg: `${cfg}\n${modes ? VENDOR : ''}`, host: { tickMs: 32 } });
        await server.said('runs:');
        return server;
      });
      for (const [mode, value] of Object.entries(modes || {})) s.host.command(`sonorancad_${mode} ${value}`);
      for (let n = 1; n <= OFFICERS; n += 1) {
        s.host.addPlayer(officer(n));
        if (modes && n % 2 === 0) s.host.command(`sonorancad_link ${n} vendor-${n}`);
      }
      s.lua('script_author', 'answers, bad = {}, {}');
      await s.seen('a heartbeat', (now) => now.operations.heartbeat.requests > 0);
      if (away) await s.cad.faults(away);

      const held = [];
      const began = s.host.clock.now();
      let [done, next] = [0, 0];
      const beside = () => {
        if (!every || done >= (every.times || Infinity) || s.host.clock.now() - began < next * 1000) return;
        next += every.s;
        done += 1;
        every.do(s);
      };
      s.host.on('tick', beside);
      for (let burst = 0; burst < BURSTS; burst += 1) {
        for (let n = burst + 1; n <= OFFICERS; n += BURSTS) {
          const from = performance.now();
          // Outside every thread: a call that yields would be an error.
          const [ok] = s.lua('script_author', `return exports.sonoran_bridge:setPanic(${n}, true, function(answer)
            answers[${n}] = (answers[${n}] or 0) + 1
            if not answer.ok then bad[#bad + 1] = answer.error.detail end
          end)`);
          held.push(performance.now() - from);
          assert.equal(ok, true);
        }
        await s.host.run(PAUSE_S);
      }
      if (away) await s.cad.faults({});
      const count = () => s.lua('script_author', 'local n = 0 for _, times in pairs(answers) do n = n + times end return n')[0];
      await s.host.until(() => count() >= OFFICERS, { limitMs: LIMIT_MS, what: `${OFFICERS} answers` });
      await s.host.run(1);
      s.host.off('tick', beside);
      held.sort((a, b) => a - b);
      t.diagnostic(`one press held the game thread for ${held[OFFICERS / 2].toFixed(2)} ms (median), ${held.at(-1).toFixed(2)} ms at most`);

      assert.deepEqual(s.lua('script_author', 'return table.concat(bad, " ")'), ['']);
      const [twice] = s.lua('script_author', 'local n = 0 for _, times in pairs(answers) do if times ~= 1 then n = n + 1 end end return n');
      assert.equal(twice, 0, 'each press is answered once');
      assert.equal(count(), OFFICERS);
      const { units } = await s.cad.stats();
      for (let n = 1; n <= OFFICERS; n += 1) {
        const panics = [`officer${n}`, `vendor-${n}`].filter((id) => units[id] && units[id].panic);
        assert.equal(panics.length, 1, `the panic of officer ${n} is at the CAD: ${panics}`);
      }
      assert.ok(s.host.scriptErrors.every((error) => error.resource === 'sonorancad'), JSON.stringify(s.host.scriptErrors.slice(0, 3)));
    });
  }
});
