'use strict';

// Runs pump_node against the CAD simulator, for the tests.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const path = require('node:path');
const { startCad, BUILD, RESOURCE, KEY } = require('../fxhost/resource/cad');

const LIMIT_MS = 1700000; // with a sanitizer, on a busy machine

/**
 * Starts pump_node, waits for its end: {code, signal, errors, lives, reports}. `lives` are the measures after each stop,
 * `reports` what the scripts say at the end.
 */
function pump({ cad, config = {}, convars = {}, restarts = 0, turns = 50, environments = 1, end = 'stop', env = {} }) {
  const whole = {
    natives: path.join(__dirname, 'natives.js'),
    resource: RESOURCE,
    convars: { sonoran_apiKey: KEY, sonoran_bridge_url: cad.http_url, ...convars },
    units: 128,
    calls: 6,
    stop_ms: 60000, // a busy machine is not a CAD that does not answer
    ...config,
  };
  const args = [path.join(__dirname, 'game.js'), JSON.stringify(whole), restarts, turns, environments, end];
  const child = spawn(path.join(BUILD, 'bin', 'pump_node'), args.map(String), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let out = '';
  let errors = '';
  child.stdout.on('data', (part) => (out += part));
  child.stderr.on('data', (part) => (errors += part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      const lines = out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
      const isLife = (line) => line.life !== undefined;
      resolve({ code, signal, errors, lives: lines.filter(isLife), reports: lines.filter((line) => !isLife(line)) });
    });
  });
}

/** The CAD for one test: without limits, because each life of a bridge has a whole budget. */
async function cadOf(t, options = []) {
  const cad = await startCad(['--rate-scale', '0', ...options]);
  t.after(() => cad.stop());
  return cad;
}

/** The process ended by itself, without complaints. */
function assertEnded(run) {
  assert.deepEqual([run.code, run.signal, run.errors], [0, null, '']);
}

module.exports = { pump, cadOf, assertEnded };
