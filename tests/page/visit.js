'use strict';

// A game server with the status page and traffic on it, and Debian's Chromium that opens the page: for the tests and for
// tools/screenshots.

const fs = require('node:fs');
const path = require('node:path');

const TOKEN = 'token-of-the-page-in-tests';
const LIMIT_MS = 60000;
const BROWSER = '/usr/bin/chromium';
// A higher rate per address than a game server allows, so that nothing here depends on the speed of the machine.
const FREE = 'set rateLimiter_http_sonoran_bridge_rate "1000"\nset rateLimiter_http_sonoran_bridge_burst "1000"';

/** What every server of these tests has in its configuration. */
const cfgOf = (more = '') => `${FREE}\nset sonoran_bridge_page_token "${TOKEN}"\nset sonoran_bridge_position_interval_ms "250"\n${more}`;

/** Units that drive about, as in tools/demo. */
function addUnits(host, count) {
  const players = [];
  for (let i = 1; i <= count; i += 1) {
    players.push(host.addPlayer({ identifiers: [`license:unit${i}`], x: (i % 16) * 260 - 2000, y: Math.floor(i / 16) * 300 - 800, z: 30,
      heading: (i * 37) % 360, vehicle: 'POLICE', movement: { kind: 'drive', speed: 8 + (i % 20), turn: 4 } }));
  }
  return players;
}

/** Waits for `promise` while the game goes on, because the page asks the game. */
async function during(host, promise) {
  let ended = null;
  Promise.resolve(promise).then((value) => {
    ended = { value };
  }, (error) => {
    ended = { error };
  });
  await host.until(() => ended !== null, { limitMs: LIMIT_MS, what: 'the browser' });
  if (ended.error) throw ended.error;
  return ended.value;
}

/** Chromium without a window, which connects to this machine only. */
async function startBrowser() {
  if (!fs.existsSync(BROWSER)) throw new Error(`There is no ${BROWSER}; install Debian's package chromium, or run  tools/lib/setup page.`);
  if (!fs.existsSync(path.join(__dirname, 'node_modules/playwright-core'))) {
    throw new Error('There is no playwright-core; run  npm ci --ignore-scripts --prefix tests/page,  or  tools/lib/setup page.');
  }
  const { chromium } = require('playwright-core');
  return chromium.launch({
    executablePath: BROWSER,
    headless: true,
    timeout: LIMIT_MS,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

/**
 * A page of a browser's own profile, before it has gone anywhere. `faults`: what the page's console or the browser
 * complained about, violations of the policy included.
 */
async function openPage(host, browser, options = {}) {
  const context = await during(host, browser.newContext(options));
  const page = await during(host, context.newPage());
  page.setDefaultTimeout(LIMIT_MS);
  const faults = [];
  const asked = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => asked.push(request.url()));
  return { page, context, faults, asked };
}

/** Types a token into the form with which the page answers. */
async function signIn(host, page, url, token = TOKEN) {
  await during(host, page.goto(`${url}/sonoran_bridge/`));
  await during(host, page.getByLabel('Token').fill(token));
  await during(host, Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Sign in' }).click()]));
}

/** Waits until the page has shown so many more answers. */
const answersMore = (host, page, more) => during(host, page.evaluate((n) => new Promise((done) => {
  const answers = () => Number(document.documentElement.dataset.answers ?? 0);
  const begin = answers();
  const look = () => (answers() >= begin + n ? done() : setTimeout(look, 50));
  look();
}), more));

module.exports = { TOKEN, LIMIT_MS, cfgOf, addUnits, during, startBrowser, openPage, signIn, answersMore };
