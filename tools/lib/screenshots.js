'use strict';

// The pictures of the status page for the documents. Started by tools/screenshots.

const fs = require('node:fs');
const path = require('node:path');
const { createHost } = require('../../tests/fxhost/host');
const { startCad, RESOURCE } = require('../../tests/fxhost/resource/cad');
const { cfgOf, addUnits, during, startBrowser, openPage, signIn, answersMore } = require('../../tests/page/visit');

const UNITS = 48;
const FOLDER = path.join(__dirname, '../../docs/images');
const PICTURES = [
  ['page-light', { colorScheme: 'light', viewport: { width: 1120, height: 1000 } }],
  ['page-dark', { colorScheme: 'dark', viewport: { width: 1120, height: 1000 } }],
  ['page-narrow', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
];

async function main() {
  const cad = await startCad(['--unknown-unit', 'unit-without-account']);
  const host = await createHost({
    resources: [RESOURCE, path.join(__dirname, '../../tests/fxhost/fixtures')],
    cfgText: `set sonoran_apiKey "${cad.key}"\nset sonoran_bridge_url "${cad.http_url}"\nset sonoran_communityID "simcad"\n${cfgOf('set sonoran_bridge_tracking "marked"')}\nensure sonoran_bridge\nensure script_author`,
    clock: 'real',
  });
  const browser = await startBrowser();
  try {
    const players = addUnits(host, UNITS);
    await host.until(() => host.console.find('runs:').length > 0, { limitMs: 20000, what: 'the start' });
    players.slice(2).forEach((player) => host.callExport('sonoran_bridge', 'setOnDuty', player.source, true));
    await host.run(8);
    for (const i of [5, 17, 30]) {
      host.callExport('sonoran_bridge', 'setPanic', players[i].source, true);
      await host.run(0.5);
    }
    host.evaluate('script_author', 'lua', "exports.sonoran_bridge:setStatus('unit-without-account', 3)");
    const url = await host.httpUrl();
    fs.mkdirSync(FOLDER, { recursive: true });
    for (const [name, options] of PICTURES) {
      const { page, context } = await openPage(host, browser, options);
      await signIn(host, page, url);
      await answersMore(host, page, 6);
      await during(host, page.screenshot({ path: path.join(FOLDER, `${name}.png`), animations: 'disabled' }));
      await during(host, context.close());
      console.log(`screenshots: docs/images/${name}.png, ${Math.ceil(fs.statSync(path.join(FOLDER, `${name}.png`)).size / 1024)} KiB`);
    }
  } finally {
    await browser.close();
    host.close();
    await cad.stop();
  }
}

main().catch((error) => {
  console.error(`screenshots: ${error.message}`);
  process.exitCode = 1;
});
