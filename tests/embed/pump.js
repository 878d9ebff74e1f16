'use strict';

// Runs pump_node against the CAD simulator, for the tests.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { BUILD, RESOURCE, KEY } = require('../fxhost/resource/cad');

const LIMIT_MS = 240000;

/**
 * Starts pump_node, waits for its end: {code, signal, errors, lives, reports}. `lives` are the measures after each stop,
 * `reports` what the scripts say at the end.
 */
function pump({ cad, config = {}, convars = {}, restarts = 0, turns = 50, environments = 1, end = 'stop', env = {} }) {
  const whole = {
    resource: RESOURCE,
    convars: { sonoran_apiKey: KEY, sonoran_bridge_url: cad.http_url, ...convars },
    units: 128,
    calls: 6,
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

module.exports = { pump };
