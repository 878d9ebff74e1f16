'use strict';

// The status page as an owner sees it: Debian's Chromium opens it over HTTP while units drive about.

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { serverOf } = require('../fxhost/resource/server');
const { TOKEN, LIMIT_MS, cfgOf, addUnits, during, startBrowser, openPage, signIn, answersMore } = require('./visit');

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

const UNITS = 24;
const EMOJI = '🚓'.repeat(40); // 160 bytes
const HOSTILE = ['<script>window.taken=1</script>', '<img src=x onerror="window.taken=1">', 'a\u202Egpj.exe\u200F', EMOJI, '"><b>bold</b>', '&lt;&amp;'];

/** A server with traffic, and a page that is signed in. */
async function watched(t, { hostile = [], options = {}, cfg = '', officers = UNITS } = {}) {
  const s = await serverOf(t, { cfg: cfgOf(`set sonoran_bridge_tracking "marked"\n${cfg}`) });
  const players = addUnits(s.host, officers);
  const strangers = hostile.map((name, i) => s.host.addPlayer({ identifiers: [`license:stranger${i}`], name, x: 0, y: 0, z: 0 }));
  await s.said('runs:');
  for (const player of players) s.call('setOnDuty', player.source, true);
  await s.seen('all units', (now) => Object.keys(now.units).length >= officers);
  const url = await s.host.httpUrl();
  const visit = await openPage(s.host, browser, options);
  t.after(() => visit.context.close());
  await signIn(s.host, visit.page, url);
  visit.faults.splice(0); // that the first answer was 401
  await answersMore(s.host, visit.page, 2);
  const text = (id) => during(s.host, visit.page.locator(id).innerText());
  /** Waits until the text of `id` matches `pattern`; gives the number of answers that the page took meanwhile. */
  const shows = async (id, pattern) => {
    const answers = () => visit.page.evaluate(() => Number(document.documentElement.dataset.answers));
    const begin = await during(s.host, answers());
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const said = await text(id);
      if (pattern.test(said)) return (await during(s.host, answers())) - begin;
      assert.ok(Date.now() < end, `${id} never said ${pattern}, but '${said}'`);
      await s.host.run(0.05);
    }
  };
  return { ...s, ...visit, url, players, strangers, text, shows };
}

test('what it shows are the numbers of status()', async (t) => {
  const s = await watched(t);
  assert.equal(await s.text('#state'), 'running');
  // The numbers move; those of one report are compared, which the page has taken between two of ours.
  const shown = () => during(s.host, s.page.evaluate(() => ({
    facts: document.getElementById('facts').innerText,
    map: document.getElementById('map-count').innerText,
    budgets: Object.fromEntries([...document.querySelectorAll('#budgets li')].map((line) => [line.dataset.operation, {
      used: line.querySelector('meter').value, limit: line.querySelector('meter').max, text: line.innerText }])),
    pressed: document.getElementById('panics').innerText,
  })));
  const reported = () => s.call('status')[0];
  for (let round = 0; ; round += 1) {
    assert.ok(round < 20, 'no moment was found in which nothing moved');
    const first = reported();
    await answersMore(s.host, s.page, 2);
    const page = await shown();
    const last = reported();
    const same = (path) => path.split('.').reduce((at, name) => at[name], first) === path.split('.').reduce((at, name) => at[name], last);
    const budgets = Object.keys(last.operations);
    if (!budgets.every((name) => same(`operations.${name}.budget.left`) && same(`operations.${name}.sent`)) || !same('units.known')) continue;
    assert.match(page.facts, new RegExp(`${last.players.present}, of whom ${last.tracker.bound} are tracked`));
    assert.match(page.map, new RegExp(`^${last.units.known} units on the map`));
    for (const name of budgets) {
      const { limit, left } = last.operations[name].budget;
      assert.deepEqual([page.budgets[name].used, page.budgets[name].limit], [limit - left, limit], name);
    }
    assert.match(page.pressed, new RegExp(`Taken by the CAD\\s+${last.classes.panic.delivered}`));
    break;
  }
  assert.deepEqual(s.faults, []);
  assert.deepEqual([...new Set(s.asked.map((one) => new URL(one).origin))], [s.url], 'nobody else is asked');
  assert.ok(s.asked.every((one) => !one.includes(TOKEN)), 'the token stands in no URL');
  const cookies = await during(s.host, s.context.cookies());
  assert.deepEqual(cookies.map(({ name, path, httpOnly, sameSite }) => ({ name, path, httpOnly, sameSite })),
    [{ name: 'sonoran_bridge_page', path: '/sonoran_bridge/', httpOnly: true, sameSite: 'Strict' }]);
});

/** Units that stand in the corners of a square, named by where they are. */
const CORNERS = { southwest: [-3000, -3000], southeast: [3000, -3000], northwest: [-3000, 3000], northeast: [3000, 3000] };
async function cornered(t, options = { viewport: { width: 1000, height: 1200 } }) {
  const s = await watched(t, { officers: 0, options });
  s.push = (units) => {
    const [taken] = s.lua('script_author', `local ok, result = exports.sonoran_bridge:pushPositions({ ${Object.entries(units).map(([unit, [x, y]]) => `{ unit = '${unit}', x = ${x}.0, y = ${y}.0, z = 3.0 }`)} }) return ok and result.taken`);
    assert.equal(taken, Object.keys(units).length);
  };
  s.push(CORNERS);
  await s.shows('#map-count', /^4 units on the map/);
  s.map = s.page.locator('#map');
  s.box = await during(s.host, s.map.boundingBox());
  // Where a corner is while all units are shown: as many metres a pixel as the height or the width needs.
  const metres = Math.max(6000 * 1.15 / (s.box.width - 2), 6000 * 1.15 / (s.box.height - 2));
  s.at = (corner) => [s.box.x + s.box.width / 2 + CORNERS[corner][0] / metres, s.box.y + s.box.height / 2 - CORNERS[corner][1] / metres];
  s.view = () => s.text('#map-view');
  s.plain = async () => (await s.view()).replace(/[\u2068\u2069]/g, '');
  s.all = async () => assert.equal(await s.view(), 'The map shows all units.');
  await s.all();
  return s;
}

test('the map is looked at nearer by mouse: the wheel keeps what is under it, dragging moves it, a button shows all again', async (t) => {
  const s = await cornered(t);
  const { mouse } = s.page;
  const act = (work) => during(s.host, work());
  assert.equal(await act(() => s.page.locator('#map-all').isDisabled()), true);
  await act(() => mouse.move(...s.at('northeast')));
  await act(() => mouse.wheel(0, -1)); // it scrolls the page, because the map does not have the focus
  await s.all();
  await act(() => mouse.click(s.box.x + 5, s.box.y + 5));
  await act(() => mouse.move(...s.at('northeast')));
  for (let i = 0; i < 4; i += 1) await act(() => mouse.wheel(0, -200));
  await s.shows('#map-view', /^The map shows [\d.]+ k?m across, 1 unit of 4: .?northeast.?\.$/);
  // Dragged out of sight, and back.
  const [x, y] = s.at('northeast');
  await act(() => mouse.down());
  await act(() => mouse.move(x - s.box.width, y, { steps: 4 }));
  assert.match(await s.plain(), /across, 0 units of 4\.$/);
  await act(() => mouse.move(x, y, { steps: 4 }));
  await act(() => mouse.up());
  assert.match(await s.plain(), /1 unit of 4: northeast\.$/);
  await act(() => mouse.move(x + 30, y));
  assert.match(await s.plain(), /1 unit of 4: northeast\.$/, 'no button is down');
  for (let i = 0; i < 12; i += 1) await act(() => mouse.wheel(0, 200));
  assert.match(await s.plain(), /4 units of 4: /);
  await act(() => s.page.locator('#map-all').click());
  await s.all();
  await act(() => mouse.dblclick(...s.at('southwest')));
  assert.match(await s.plain(), /1 unit of 4: southwest\.$/);
  await act(() => s.page.locator('#map-out').click());
  await act(() => s.page.locator('#map-out').click());
  assert.match(await s.plain(), /[234] units of 4: /);
  assert.deepEqual(s.faults, []);
});

test('the map is looked at nearer by keyboard, and what it shows is said in words', async (t) => {
  const s = await cornered(t);
  const press = (key, times = 1) => (async () => {
    for (let i = 0; i < times; i += 1) await during(s.host, s.page.keyboard.press(key));
  })();
  await during(s.host, s.map.focus());
  await press('+', 3);
  assert.match(await s.plain(), /across, 0 units of 4\.$/, 'its middle');
  const aria = await during(s.host, s.page.locator('#h-map').locator('..').ariaSnapshot());
  assert.match(aria, /img "4 units on the map[^"]* The map shows [^"]* 0 units of 4\."/);
  assert.equal(await during(s.host, s.page.locator('#map-view').getAttribute('aria-live')), 'polite');
  await s.shows('#link', /Live/);
  await answersMore(s.host, s.page, 1);
  assert.equal(await during(s.host, s.page.locator('#map-view').getAttribute('aria-live')), 'off', 'what moves by itself is not read out');
  for (const [keys, corner] of [[['ArrowRight', 'ArrowUp'], 'northeast'], [['ArrowLeft', 'ArrowUp'], 'northwest'], [['ArrowLeft', 'ArrowDown'], 'southwest'], [['ArrowRight', 'ArrowDown'], 'southeast']]) {
    await press('0');
    await s.all();
    await press('+', 3);
    await press(keys[0], 2);
    for (let i = 0; i < 12 && !(await s.plain()).includes('1 unit of 4'); i += 1) await press(keys[1]); // until it is in the picture
    assert.match(await s.plain(), new RegExp(`1 unit of 4: ${corner}\\.$`));
  }
  await press('-', 20);
  assert.match(await s.plain(), /4 units of 4/);
  await press('ArrowLeft', 200);
  assert.match(await s.plain(), /0 units of 4/, 'there is an end to it');
  await press('Home');
  await s.all();
});

test('two fingers look nearer and move the map; one finger moves the page', async (t) => {
  const s = await cornered(t, { viewport: { width: 390, height: 600 }, hasTouch: true, isMobile: true });
  const session = await during(s.host, s.context.newCDPSession(s.page));
  await during(s.host, s.map.scrollIntoViewIfNeeded());
  s.box = await during(s.host, s.map.boundingBox());
  const touch = (type, ...points) => during(s.host, session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) }));
  const middle = s.at('northeast').map((value, i) => value - (i === 0 ? 30 : -30));
  const spread = (apart) => [[middle[0] - apart, middle[1]], [middle[0] + apart, middle[1]]];
  await touch('touchStart', ...spread(10));
  for (const apart of [15, 20, 28, 36]) await touch('touchMove', ...spread(apart));
  await touch('touchEnd');
  assert.match(await s.plain(), /across, [01] units? of 4/);
  await during(s.host, s.page.locator('#map-all').tap());
  await s.all();
  const before = await during(s.host, s.page.evaluate(() => scrollY));
  await touch('touchStart', [s.box.x + 60, s.box.y + 200]);
  for (const up of [180, 150, 120, 60]) await touch('touchMove', [s.box.x + 60, s.box.y + up]);
  await touch('touchEnd');
  await s.all();
  assert.ok((await during(s.host, s.page.evaluate(() => scrollY))) > before, 'the page has moved');
  await during(s.host, s.page.locator('#map-in').tap());
  assert.match(await s.plain(), /across/);
});

test('units that come in several pieces are all on the map, with hostile names, and who is gone leaves it', async (t) => {
  const s = await cornered(t);
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`drone-${n}`, [n * 5 - 1500, n % 40]]));
  s.push(many);
  await s.shows('#map-count', /^604 units on the map/);
  s.call('setPanic', 'drone-599', true);
  await s.shows('#map-count', /^604 units on the map.* 1 in panic/);
  s.call('setPanic', 'drone-599', false);
  const answers = await s.shows('#map-count', /^604 units on the map.* 0 in panic/);
  assert.ok(answers <= 3, `it took ${answers} answers, and not those until its piece came`);
  for (let n = 0; n < 590; n += 1) s.call('removeUnit', `drone-${n}`);
  await s.shows('#map-count', /^14 units on the map/);
  assert.deepEqual(s.faults, []);
});

test('what waits is shown with how long the oldest has waited, of each operation', async (t) => {
  const s = await watched(t, { officers: 1 });
  await s.cad.faults({ stall: 'BEFORE' });
  s.lua('script_author', "exports.sonoran_bridge:call('getCalls', { closedLimit = 5 }, function() end, { deadline_ms = 60000 })");
  await s.shows('#waits', /getCalls\s+0\s+1\s+([1-9][\d.]* s)/);
});

test('a panic is shown with the next answers, and that the CAD has it', async (t) => {
  const s = await watched(t);
  s.call('setPanic', s.players[2].source, true);
  // One answer may have been made before the press, the second asks for the list, the third has it.
  const answers = await s.shows('#panic-units', /unit3/);
  assert.ok(answers <= 3, `it took ${answers} answers`);
  await s.seen('the panic', (now) => now.units.unit3.panic);
  await s.shows('#panic-units', /unit3: the CAD has it/);
  await s.shows('#panics', /Taken by the CAD\s+1/);
  s.call('setPanic', s.players[2].source, false);
  await s.shows('#map-count', / 0 in panic/);
});

test('the live connection to the CAD is shown while it is up, and why it ended', async (t) => {
  const s = await watched(t, { cfg: 'set sonoran_communityID "simcad"' });
  await s.until('the hub', () => s.call('status')[0].hub.state === 'up');
  await s.shows('#hub', /State\s+up\s+Connected for\s+\d[^]*Round trip\s+[\d.]+ ms/);
  await s.cad.hub_push({ type: 'EVENT_UNIT_LOGOUT', data: { identId: 7 } });
  await s.shows('#hub', /Last event\s+[\d.]+ s ago/);
  await s.cad.hub_close({ error: '<b>Maintenance.</b>', allowReconnect: true });
  await s.shows('#hub', /Last end\s+.*<b>Maintenance\.<\/b>/);
  assert.deepEqual(s.faults, []);
});

test('names of others stay text: markup, marks of writing direction, 160 bytes of emoji', async (t) => {
  const s = await watched(t, { hostile: HOSTILE, options: { viewport: { width: 360, height: 740 } } });
  const names = await during(s.host, s.page.locator('#absent tr td:nth-child(2) bdi').allTextContents());
  assert.deepEqual(names.sort(), [...HOSTILE].sort());
  const tags = await during(s.host, s.page.evaluate(() => [...new Set([...document.querySelectorAll('#absent *')].map((one) => one.tagName))].sort()));
  assert.deepEqual(tags, ['BDI', 'TD', 'TR']);
  assert.equal(await during(s.host, s.page.evaluate(() => window.taken)), undefined);
  // A script may name a unit, and a line of the log may have any text.
  s.lua('sonoran_bridge', `Log.warning('<script>window.taken=1</script>', { player = '${EMOJI}' })`);
  s.lua('script_author', "exports.sonoran_bridge:pushPositions({ { unit = '<b>drone</b>', x = 1.0, y = 2.0, z = 3.0 } })");
  await s.shows('#log', /<script>window\.taken=1<\/script>/);
  await during(s.host, s.page.locator('#unit-details summary').click());
  await s.shows('#units', /<b>drone<\/b>/);
  assert.equal(await during(s.host, s.page.evaluate(() => document.querySelectorAll('main script, main b, main img').length)), 0);
  // Nothing is wider than a telephone.
  assert.ok(await during(s.host, s.page.evaluate(() => document.documentElement.scrollWidth <= 360)), 'it scrolls sideways');
  assert.deepEqual(s.faults, []);
});

test('the policy keeps scripts of the page itself and of elsewhere from running', async (t) => {
  const s = await watched(t);
  await during(s.host, s.page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.taken = 1';
    document.body.append(script);
    const button = document.createElement('div');
    button.innerHTML = '<img src="x" onerror="window.taken = 2">';
    document.body.append(button);
  }));
  await s.host.run(0.5);
  assert.equal(await during(s.host, s.page.evaluate(() => window.taken)), undefined);
  assert.ok(s.faults.some((one) => /Content Security Policy/.test(one)), s.faults.join('\n'));
});

test('a wrong token opens nothing; a page whose token has changed asks once more and stops', async (t) => {
  const s = await serverOf(t, { cfg: cfgOf() });
  await s.said('runs:');
  const url = await s.host.httpUrl();
  const { page, context, asked } = await openPage(s.host, browser);
  t.after(() => context.close());
  await signIn(s.host, page, url, 'not-the-token-of-the-page');
  assert.match(await during(s.host, page.locator('body').innerText()), /That is not the token\./);
  assert.deepEqual(await during(s.host, context.cookies()), []);
  await signIn(s.host, page, url);
  await answersMore(s.host, page, 1);
  s.host.convars.set('sonoran_bridge_page_token', 'the-next-token-of-the-page');
  s.host.command('sonoran_bridge reload');
  await during(s.host, page.getByRole('button', { name: 'Sign in' }).waitFor());
  const before = asked.length;
  await s.host.run(2.5);
  assert.equal(asked.length, before, 'it asks no more');
  assert.ok(s.call('status')[0].page.wrong <= 3);
});

test('it can be used by keyboard and by a screen reader', async (t) => {
  const s = await watched(t);
  const focused = [];
  for (let i = 0; i < 16; i += 1) {
    await during(s.host, s.page.keyboard.press('Tab'));
    focused.push(await during(s.host, s.page.evaluate(() => {
      const one = document.activeElement;
      return `${one.tagName} ${one.id || one.textContent.slice(0, 20)} ${getComputedStyle(one).outlineStyle}`;
    })));
  }
  for (const wanted of ['A Skip to the status', 'BUTTON Sign out', 'INPUT find', 'CANVAS map', 'BUTTON map-in', 'BUTTON map-out', 'SUMMARY Units as a table', 'OL log']) {
    const found = focused.find((one) => one.startsWith(wanted));
    assert.ok(found, `${wanted} is not reached: ${focused.join(', ')}`);
    assert.ok(!found.endsWith(' none'), `${wanted} shows no focus`);
  }
  await during(s.host, s.page.locator('#find').fill('UNIT7'));
  await during(s.host, s.page.locator('#unit-details summary').press('Enter'));
  await s.shows('#units', /^unit7\b/);
  // Each region, table and picture has a name, and each level of headings follows the one before.
  const nameless = await during(s.host, s.page.evaluate(() => [...document.querySelectorAll('section, canvas, meter, [role=img], [role=region], input')].filter((one) => {
    const label = one.getAttribute('aria-label') || one.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ') || one.labels?.[0]?.textContent;
    return !label?.trim() && !one.parentElement.closest('[role=img]');
  }).map((one) => one.outerHTML.slice(0, 80))));
  assert.deepEqual(nameless, []);
  assert.deepEqual(await during(s.host, s.page.evaluate(() => [...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName).filter((tag, i) => (i === 0) !== (tag === 'H1')))), []);
  const aria = await during(s.host, s.page.locator('main').ariaSnapshot());
  for (const name of ['State', 'Live connection', 'Map', 'Budgets of the last 60 s', 'What waits', 'Panics', 'Refusals', 'Log']) assert.ok(aria.includes(name), name);
});

test('a page that nobody looks at asks nothing, and one that is looked at again goes on', async (t) => {
  const s = await watched(t);
  const hide = (hidden) => during(s.host, s.page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden));
  const asked = () => s.call('status')[0].page.data;
  await hide(true);
  // A question that was under way is still answered, however late.
  let before = -1;
  for (let turn = 0; turn < 10 && asked() !== before; turn++) {
    before = asked();
    await s.host.run(1.5);
  }
  await s.host.run(2.5);
  assert.equal(asked(), before);
  await hide(false);
  await answersMore(s.host, s.page, 2);
});

for (const [scheme, back] of [['light', 'rgb(244, 246, 248)'], ['dark', 'rgb(16, 22, 28)']]) {
  test(`${scheme}: words can be read on what they stand on`, async (t) => {
    const s = await watched(t, { options: { colorScheme: scheme } });
    assert.equal(await during(s.host, s.page.evaluate(() => getComputedStyle(document.body).backgroundColor)), back);
    // Contrast as WCAG 2 has it: 4.5 for text.
    const faint = await during(s.host, s.page.evaluate(() => {
      const light = (rgb) => rgb.match(/[\d.]+/g).slice(0, 3).map((n) => n / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (one) => {
        for (let at = one; at; at = at.parentElement) {
          const color = getComputedStyle(at).backgroundColor;
          if (!/, 0\)$/.test(color) && color !== 'transparent') return color;
        }
        return 'rgb(255, 255, 255)';
      };
      return [...document.querySelectorAll('h1, h2, p, dt, dd, th, td, li, button, label, small, summary, strong')].filter((one) => one.innerText?.trim()).map((one) => {
        const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
        return { what: one.outerHTML.slice(0, 60), ratio: (a + 0.05) / (b + 0.05) };
      }).filter(({ ratio }) => ratio < 4.5);
    }));
    assert.deepEqual(faint, []);
  });
}
