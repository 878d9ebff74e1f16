#!/usr/bin/env node
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { spawnSync } = require('node:child_process');
const { parseArgs } = require('node:util');

const USAGE = `fxhost: a stand-in of the FXServer game server

node tests/fxhost/fxhost.js --resource PATH... [--cfg FILE] [options]

  --resource PATH    a resource's folder, or a folder of resources; may be given several times
  --cfg FILE         the server.cfg to execute; without one every resource is started
  --players N        that many players on patrol (0)
  --clients N        run the real client scripts for the first N players (0)
  --seconds S        end after so many seconds (without: at Ctrl-C, or the command quit)
  --tick-ms N        length of a tick in milliseconds (16)
  --seed N           seed of the players' movement (1)
  --script FILE      a CommonJS module: async (host) => {...}, run beside the game
  --json FILE        write figures of the run to FILE, - for standard output
  --quiet            do not show the console
`;

const NODE = path.join(__dirname, 'node_modules', 'node', 'bin', 'node');

function options() {
  const { values } = parseArgs({
    options: {
      resource: { type: 'string', multiple: true, default: [] },
      cfg: { type: 'string' },
      players: { type: 'string', default: '0' },
      clients: { type: 'string', default: '0' },
      seconds: { type: 'string' },
      'tick-ms': { type: 'string', default: '16' },
      seed: { type: 'string', default: '1' },
      script: { type: 'string' },
      json: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name, least) => {
    const value = Number(values[name]);
    if (values[name] === '' || !Number.isFinite(value) || value < least) {
      throw new Error(`--${name} is '${values[name]}': it must be a number of at least ${least}`);
    }
    return value;
  };
  if (!values.help && values.resource.length === 0) throw new Error('--resource is missing: name at least one folder');
  return {
    ...values,
    players: number('players', 0),
    clients: number('clients', 0),
    seconds: values.seconds === undefined ? Infinity : number('seconds', 0),
    tickMs: number('tick-ms', 1),
    seed: number('seed', 0),
  };
}

function report(host, seconds) {
  return {
    seconds: Math.round(seconds * 1000) / 1000,
    players: host.players.bySource.size,
    resources: Object.fromEntries(host.resources.list().map((one) => [one.name, one.state])),
    game_thread: host.gameThread(),
    script_errors: host.scriptErrors,
  };
}

async function main() {
  const given = options();
  if (given.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { createHost } = require('./host');
  const host = await createHost({
    resources: given.resource,
    cfg: given.cfg,
    players: given.players,
    clients: given.clients,
    tickMs: given.tickMs,
    seed: given.seed,
    quiet: given.quiet,
  });
  // Errors that a script lets go of are shown, as on the game server, and do not end it.
  process.on('unhandledRejection', (reason) => {
    host.say(`^1SCRIPT ERROR: unhandled rejection: ${(reason && reason.stack) || reason}^7`);
    host.failed({ name: 'unknown', errors: [] }, `unhandled rejection: ${reason}`);
  });
  let done = false;
  const end = () => {
    done = true;
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  host.commands.add('quit', end);
  let input = null;
  if (given.seconds === Infinity && !given.script) {
    input = readline.createInterface({ input: process.stdin });
    input.on('line', (line) => host.execute(line));
  }
  const began = host.clock.now();
  let failure = null;
  if (given.script) {
    Promise.resolve(require(path.resolve(given.script))(host)).then(
      () => given.seconds === Infinity && end(),
      (error) => {
        failure = error;
        end();
      },
    );
  }
  await host.until(() => done || host.clock.now() - began >= given.seconds * 1000, { limitMs: Infinity });
  if (input) input.close();
  const figures = report(host, (host.clock.now() - began) / 1000);
  host.close();
  if (given.json === '-') process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  else if (given.json) fs.writeFileSync(given.json, `${JSON.stringify(figures, null, 2)}\n`);
  if (failure) throw failure;
  return 0;
}

// The game server has Node 22; with another one at hand, the one that npm installed here takes over.
if (process.versions.node.split('.')[0] !== '22' && fs.existsSync(NODE)) {
  const { status, error } = spawnSync(NODE, process.argv.slice(1), { stdio: 'inherit' });
  if (error) process.stderr.write(`fxhost: ${error.message}\n`);
  process.exitCode = status === null ? 1 : status;
} else {
  main().then(
    (code) => process.exit(code),
    (error) => {
      process.stderr.write(`fxhost: ${error.message}\n`);
      process.exit(1);
    },
  );
}
