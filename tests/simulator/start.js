'use strict';

// Starts the CAD simulator for a program in JavaScript, and reads its records.

const { spawn } = require('node:child_process');
const http = require('node:http');

const START_MS = 60000;

/** Asks the simulator at `url`, and gives what its answer says in JSON. */
function ask(url, method = 'GET', body = undefined) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, agent: false }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}: ${text}`));
        else resolve(JSON.parse(text));
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/**
 * Starts the simulator's `program` for the API key `key`. Gives the line of JSON that it says when it is ready, with
 * stats(), requests(operation), faults(faults), map(since), stop(), and for its
 * hub: hub(), hub_push(events), hub_send(bytes), hub_close(how). It ends with stop(), or with this process.
 */
async function startSimulator(program, key, options = []) {
  const child = spawn(program, ['--with-parent', '--key', key, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ready = await new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`${program} did not start within ${START_MS} ms`)), START_MS);
    child.stdout.on('data', (part) => {
      text += part;
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      resolve(JSON.parse(text.split('\n')[0]));
    });
    child.on('error', (error) => reject(new Error(`${program} does not start (${error.message}); build it first`)));
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code} before it was ready`)));
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    ...ready,
    stats: () => ask(`${ready.admin_url}/_sim/stats`),
    requests: async (operation) =>
      (await ask(`${ready.admin_url}/_sim/requests?since=0`)).filter(
        (one) => operation === undefined || one.operation === operation,
      ),
    faults: (faults) => ask(`${ready.admin_url}/_sim/faults`, 'POST', faults),
    map: (since = 0) => ask(`${ready.admin_url}/_sim/map?since=${since}`),
    hub: () => ask(`${ready.admin_url}/_sim/hub`),
    hub_push: (events) => ask(`${ready.admin_url}/_sim/hub/push`, 'POST', events),
    hub_send: (bytes) => ask(`${ready.admin_url}/_sim/hub/send`, 'POST', bytes),
    hub_close: (how) => ask(`${ready.admin_url}/_sim/hub/close`, 'POST', how),
    stop: () => {
      child.stdin.end();
      return ended;
    },
  };
}

module.exports = { startSimulator };
