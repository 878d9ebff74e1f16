'use strict';

// Many restarts, in a Node that is run as the game server runs it (pump.cpp), against the CAD simulator.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { pump, cadOf, assertEnded } = require('./pump');

// Resident memory may grow by this much between the 20th and the 100th restart. Measured: 0.5 MiB, most of it V8's and
// the C library's fragments; a bridge that stayed would hold a thread and descriptors as well.
const GROWTH_KIB = 4096;
// A sanitizer keeps freed memory to watch it, so nothing can be read from a number then; the one for addresses reports
// at the end of the process what was lost, and assertEnded() wants no report.
const WATCHED = Boolean(process.env.SONORAN_SANITIZE);
// The one for threads makes a restart take many times as long.
const RESTARTS = { thread: 30, address: 50 }[process.env.SONORAN_SANITIZE] || 100;
// Until then a sanitizer may open the pipes to the program that names its functions.
const SETTLED = WATCHED ? 10 : 0;
const MIDDLE = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

for (const environments of [1, 4]) {
  const how = environments === 1 ? 'one resource' : `one of ${environments} resources at a time, the others at work`;
  test(`${RESTARTS} restarts in one process under load, ${how}: nothing grows, no panic is lost`, async (t) => {
    const cad = await cadOf(t);
    const run = await pump({ cad, restarts: RESTARTS, turns: environments === 1 ? 50 : 25, environments, config: { last: true } });
    assertEnded(run);
    const lives = run.lives;
    assert.equal(lives.length, RESTARTS + environments);
    const stats = await cad.stats();
    for (let life = 0; life < lives.length; life += 1) assert.equal(stats.units[`last-${life}`]?.panic, true, `life ${life}`);
    assert.ok(lives.every((life) => life.script.failed === 0));
    // All have the same number of resources running beside the one that was stopped; the last ones have fewer.
    const during = lives.slice(SETTLED, RESTARTS);
    const threads = during.map((life) => life.threads);
    assert.deepEqual([Math.min(...threads), Math.max(...threads)], [threads[0], threads[0]], 'threads');
    // A bridge at work has from 1 to 4 connections open; with none at work the number is exact.
    const descriptors = during.map((life) => life.descriptors);
    assert.ok(Math.max(...descriptors) - Math.min(...descriptors) <= 4 * (environments - 1), `descriptors: ${descriptors}`);
    const early = MIDDLE(during.slice(15, 25).map((life) => life.resident_kib));
    const late = MIDDLE(during.slice(-10).map((life) => life.resident_kib));
    const flushes = during.map((life) => life.script.flush_ms);
    const stops = during.map((life) => life.stop_ms);
    t.diagnostic(
      `threads ${threads[0]}, descriptors ${descriptors[0]} to ${descriptors.at(-1)}, resident ${early} to ${late} KiB; ` +
        `flush ${MIDDLE(flushes)} ms (at most ${Math.max(...flushes)}), stop ${MIDDLE(stops)} ms (at most ${Math.max(...stops)})`,
    );
    assert.ok(WATCHED || late - early <= GROWTH_KIB, `resident memory grew from ${early} to ${late} KiB`);
    // With all resources stopped, what a process with one resource stopped has.
    const end = lives.at(-1);
    if (environments === 1) assert.deepEqual([end.threads, end.descriptors], [threads[0], descriptors[0]]);
    else assert.ok(end.threads < threads[0] - 2 && end.descriptors < Math.min(...descriptors), JSON.stringify(end));
  });
}
