'use strict';

// The status page. It asks for one document a second while somebody looks at it, and shows its content. Every text from
// elsewhere (names, sentences, log lines) is set as text, never as HTML.

(() => {
  const EVERY_MS = 1000; // between an answer and the next question
  const SLOWEST_MS = 15000; // the longest wait while the server does not answer
  const KEPT = 600; // points of a chart: ten minutes
  const UNIT_ROWS = 200;
  const LOG_LINES = 200;
  const LABEL_PX = 7000; // area of the map for each name; with less, only units in panic and sought ones have names
  const FRESH_S = 15;
  const EXTENT_M = 1000; // the smallest width that the map shows by itself
  const EDGE = 16; // how many times more or less than all units the map may show
  const ZOOM = 1.5; // of a key or a button
  const NAMED = 5; // up to so many units on a part of the map are named in words; of more, the number is
  const PAN = 0.2; // of the map's width, for an arrow key

  const by = (id) => document.getElementById(id);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /** An element with texts and elements in it. A foreign text goes into a bdi, so that it does not change the direction of the line. */
  function make(tag, ...inside) {
    const element = document.createElement(tag);
    element.append(...inside.map((one) => (one === null || one === undefined ? '' : one)));
    return element;
  }
  const foreign = (text) => make('bdi', String(text ?? ''));
  const row = (...cells) => make('tr', ...cells.map((cell) => make('td', cell)));
  const fill = (id, children) => by(id).replaceChildren(...children);
  const pairs = (list) => list.flatMap(([name, value]) => [make('dt', name), make('dd', value)]);
  /** Sets a text only if it differs, so that a screen reader hears only of changes. */
  function say(id, text) {
    if (by(id).textContent !== text) by(id).textContent = text;
  }

  function duration(s) {
    if (s === null || s === undefined) return 'not known';
    if (s < 10) return `${s.toFixed(1)} s`;
    if (s < 120) return `${Math.round(s)} s`;
    if (s < 7200) return `${Math.round(s / 60)} min`;
    if (s < 172800) return `${Math.round(s / 3600)} h`;
    return `${Math.round(s / 86400)} days`;
  }
  const ms = (value) => (value === null || value === undefined ? 'not known' : value < 1000 ? `${value.toFixed(1)} ms` : duration(value / 1000));
  const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  const entries = (object) => (object && !Array.isArray(object) ? Object.entries(object) : []);

  // ------------------------------------------------------------------------------------------------------- state, hub

  function showState(status, own) {
    say('version', own.status.version || status.version || '');
    by('state').dataset.state = status.state;
    say('state', (status.state || 'not known').replaceAll('_', ' '));
    say('since', status.state_s === undefined ? '' : `for ${duration(status.state_s)}`);
    say('reason', status.reason || '');
    const settings = own.status.settings || {};
    fill('facts', pairs([
      ['CAD', foreign(settings.url || 'not known')],
      ['Server', foreign(settings.server || 'not known')],
      ['Whose position is sent', foreign(settings.tracking || 'not known')],
      ['Runs for', duration(status.uptime_s)],
      ['Players', `${status.players?.present ?? 0}, of whom ${status.tracker?.bound ?? 0} are tracked`],
      ['Opened in', foreign(status.door || 'nothing')],
    ]));
  }

  const ROUTES = { hub: 'by the live connection', http: 'by HTTP', none: 'wait for the live connection' };
  let before = null; // {at, events} of the hub
  const REFUSALS = { too_fast: 'too fast', unit: 'for one unit', other: 'for another reason' };
  function refusedCalls(positions) {
    const refused = entries(positions?.refused).filter(([, n]) => n > 0).map(([why, n]) => `${n} ${REFUSALS[why] ?? why}`);
    const lost = positions?.lost > 0 ? [`${positions.lost} without an answer`] : [];
    return [...refused, ...lost].join(', ') || 'none';
  }
  function showHub(hub) {
    if (!hub || !hub.enabled) {
      before = null;
      return fill('hub', pairs([['State', 'off'], ...(hub?.reason ? [['Why', foreign(hub.reason)]] : [])]));
    }
    const events = entries(hub.events).reduce((sum, [, n]) => sum + (typeof n === 'number' ? n : 0), 0);
    const now = performance.now();
    const rate = before && now > before.at ? ((events - before.events) * 1000) / (now - before.at) : null;
    before = { at: now, events };
    fill('hub', pairs([
      ['State', foreign(hub.state)],
      ['Connected for', hub.connected_s === null || hub.connected_s === undefined ? 'it is not' : duration(hub.connected_s)],
      ['Round trip', ms(hub.round_trip_ms)],
      ['Positions', ROUTES[hub.positions?.route] || 'not known yet'],
      ['Updates a second', typeof hub.positions?.updates_per_s === 'number' ? hub.positions.updates_per_s.toFixed(1) : 'not known yet'],
      ['Calls refused', refusedCalls(hub.positions)],
      ['Events a second', rate === null ? 'not known yet' : rate.toFixed(1)],
      ['Last event', hub.last_event_s === null || hub.last_event_s === undefined ? 'none' : `${duration(hub.last_event_s)} ago`],
      ['Last end', hub.last_end ? foreign(hub.last_end) : 'none'],
    ]));
  }

  // -------------------------------------------------------------------------------------------------------------- map

  // The list of units comes in pieces, one with each answer, so the cost of an answer does not grow with the number of
  // units.
  const known = new Map(); // by unit: {row, at: when it came, turn: the number of that answer}
  let units = []; // the rows, as they stand in `known`
  let piece = 0; // the piece to ask for next
  let turns = 0;
  const [UNIT, X, Y, HEADING, PLACE_AGE, CAD_AGE, PANIC, LEFT_OUT] = [0, 1, 2, 3, 4, 5, 6, 7];
  const freshness = (unit) => (unit[LEFT_OUT] || unit[CAD_AGE] === null ? 'none' : unit[CAD_AGE] <= FRESH_S ? 'fresh' : 'old');
  const found = (unit, words) => words !== '' && unit[UNIT].toLowerCase().includes(words);

  function cadAge(unit) {
    if (unit[LEFT_OUT]) return 'the CAD refuses it';
    return unit[CAD_AGE] === null ? 'it has none' : `${duration(unit[CAD_AGE])} ago`;
  }

  function takeUnits(part) {
    const rows = Array.isArray(part.rows) ? part.rows : [];
    const now = performance.now();
    turns += 1;
    if (part.of <= 1) known.clear();
    // Units in panic are in every piece, as far as they fit.
    const inPanic = rows.filter((row) => row[PANIC]).length;
    for (const [unit, one] of known) {
      if (turns - one.turn > 2 * part.of) known.delete(unit); // it came in no piece of the last two rounds
      else if (part.panics <= inPanic) one.row[PANIC] = 0;
    }
    for (const row of rows) known.set(row[UNIT], { row, at: now, turn: turns });
    piece = (part.piece + 1) % Math.max(part.of, 1);
    units = [...known.values()].map(({ row, at }) => {
      const later = Math.round((now - at) / 1000);
      return later === 0 ? row : row.map((value, i) => ((i === PLACE_AGE || i === CAD_AGE) && value !== null ? value + later : value));
    });
  }

  // The visible part of the map. null: all units; else its middle and the metres of a pixel.
  let view = null;
  let whole = { metres: 1, midX: 0, midY: 0 }; // what all units need

  /** Zooms in by `factor`. The point at these pixels stays where it is; without them, the middle does. */
  function zoom(factor, px, py) {
    const canvas = by('map');
    const { metres, midX, midY } = view ?? whole;
    const next = Math.min(Math.max(metres / factor, whole.metres / EDGE ** 2), whole.metres * EDGE);
    const right = (px ?? canvas.clientWidth / 2) - canvas.clientWidth / 2;
    const down = (py ?? canvas.clientHeight / 2) - canvas.clientHeight / 2;
    look({ metres: next, midX: midX + right * (metres - next), midY: midY - down * (metres - next) });
  }
  function pan(right, down) {
    const { metres, midX, midY } = view ?? whole;
    const most = whole.metres * by('map').clientWidth * EDGE; // from the middle of all units
    const bounded = (value, middle) => Math.min(Math.max(value, middle - most), middle + most);
    look({ metres, midX: bounded(midX + right * metres, whole.midX), midY: bounded(midY - down * metres, whole.midY) });
  }
  function look(next) {
    view = next;
    by('map-view').ariaLive = 'polite'; // a screen reader reads out what somebody has asked for, and nothing that moves by itself
    drawMap();
  }

  /** The visible part, in words. */
  function sayView(inside, placed, width, metres) {
    const across = width * metres;
    const distance = across < 2000 ? `${Math.round(across)} m` : `${(across / 1000).toFixed(1)} km`;
    // Each name is isolated, so that it does not change the direction of the line.
    const names = inside.length > 0 && inside.length <= NAMED ? `: ${inside.map((unit) => `\u2068${unit[UNIT]}\u2069`).join(', ')}` : '';
    say('map-view', view === null ? 'The map shows all units.'
      : `The map shows ${distance} across, ${count(inside.length, 'unit', 'units')} of ${placed}${names}.`);
    by('map-all').disabled = view === null;
  }

  function drawMap() {
    const canvas = by('map');
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const draw = canvas.getContext('2d');
    draw.setTransform(scale, 0, 0, scale, 0, 0);
    draw.clearRect(0, 0, width, height);
    const placed = units.filter((unit) => unit[X] !== null);
    if (placed.length === 0) return sayView([], 0, width, 1);
    // All units, with a margin; the same number of metres a pixel in both directions, north up.
    let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const unit of placed) {
      west = Math.min(west, unit[X]);
      east = Math.max(east, unit[X]);
      south = Math.min(south, unit[Y]);
      north = Math.max(north, unit[Y]);
    }
    whole = {
      metres: Math.max((Math.max(east - west, EXTENT_M) * 1.15) / width, (Math.max(north - south, EXTENT_M) * 1.15) / height),
      midX: (west + east) / 2, midY: (south + north) / 2,
    };
    const { metres, midX, midY } = view ?? whole;
    const left = (x) => width / 2 + (x - midX) / metres;
    const top = (y) => height / 2 - (y - midY) / metres;

    const step = 10 ** Math.ceil(Math.log10(metres * 60));
    draw.strokeStyle = color('grid');
    draw.fillStyle = color('soft');
    draw.font = '11px system-ui, sans-serif';
    draw.lineWidth = 1;
    draw.beginPath();
    for (let x = Math.ceil((midX - (width / 2) * metres) / step) * step; left(x) <= width; x += step) {
      draw.moveTo(left(x), 0);
      draw.lineTo(left(x), height);
    }
    for (let y = Math.ceil((midY - (height / 2) * metres) / step) * step; top(y) >= 0; y += step) {
      draw.moveTo(0, top(y));
      draw.lineTo(width, top(y));
    }
    draw.stroke();
    draw.fillText(`one square is ${step} m; north is up`, 6, height - 6);

    const words = by('find').value.trim().toLowerCase();
    const colors = { fresh: color('fresh'), old: color('old'), none: color('none'), panic: color('bad'), text: color('text') };
    const inside = placed.filter((unit) => left(unit[X]) >= 0 && left(unit[X]) <= width && top(unit[Y]) >= 0 && top(unit[Y]) <= height);
    sayView(inside, placed.length, width, metres);
    for (const unit of inside) {
      const [x, y] = [left(unit[X]), top(unit[Y])];
      // The game's heading begins at north and grows counter-clockwise.
      const turn = (-unit[HEADING] * Math.PI) / 180;
      draw.save();
      draw.translate(x, y);
      draw.rotate(turn);
      draw.fillStyle = colors[freshness(unit)];
      draw.beginPath();
      draw.moveTo(0, -8);
      draw.lineTo(5, 6);
      draw.lineTo(0, 3);
      draw.lineTo(-5, 6);
      draw.closePath();
      draw.fill();
      draw.restore();
      const sought = found(unit, words);
      if (unit[PANIC] || sought) {
        draw.strokeStyle = unit[PANIC] ? colors.panic : colors.text;
        draw.lineWidth = 3;
        draw.beginPath();
        draw.arc(x, y, 12, 0, 2 * Math.PI);
        draw.stroke();
      }
      if (inside.length * LABEL_PX <= width * height || unit[PANIC] || sought) {
        draw.fillStyle = colors.text;
        draw.fillText(unit[UNIT].length > 24 ? `${unit[UNIT].slice(0, 24)}…` : unit[UNIT], x + 14, y + 4);
      }
    }
  }

  function showUnits() {
    const words = by('find').value.trim().toLowerCase();
    const panics = units.filter((unit) => unit[PANIC]);
    const placed = units.filter((unit) => unit[X] !== null).length;
    const fresh = units.filter((unit) => unit[X] !== null && freshness(unit) === 'fresh').length;
    say('map-count', `${count(placed, 'unit', 'units')} on the map; of ${fresh} the CAD has a place of the last ${FRESH_S} s; ${panics.length} in panic.`);
    fill('panic-units', panics.map((unit) => make('li', foreign(unit[UNIT]), unit[PANIC] === 2 ? ': the CAD has it' : ': waits for the CAD')));
    by('map-view').ariaLive = 'off';
    drawMap();
    if (!by('unit-details').open) return;
    const chosen = words === '' ? units : units.filter((unit) => found(unit, words));
    fill('units', chosen.slice(0, UNIT_ROWS).map((unit) => row(
      foreign(unit[UNIT]),
      unit[X] === null ? 'not known' : `${unit[X]}, ${unit[Y]} (${duration(unit[PLACE_AGE])} ago)`,
      unit[X] === null ? '' : `${unit[HEADING]}°`,
      ['', 'waits for the CAD', 'the CAD has it'][unit[PANIC]],
      cadAge(unit),
    )));
    say('units-more', chosen.length > UNIT_ROWS ? `${chosen.length - UNIT_ROWS} more; name one above to see it.` : '');
  }

  // ------------------------------------------------------------------------------------------------- budgets, waiting

  function showBudgets(status) {
    fill('budgets', entries(status.operations).filter(([, one]) => one.budget).map(([name, { budget }]) => {
      const used = Math.max(budget.limit - budget.left, 0);
      const meter = make('meter', `${used} of ${budget.limit}`);
      meter.max = Math.max(budget.limit, 1);
      meter.high = budget.limit * 0.8;
      meter.optimum = 0;
      meter.value = used;
      meter.setAttribute('aria-label', name);
      const line = make('li', foreign(name), make('span', `${used} of ${budget.limit} used, at most ${budget.max_in_60s} so far`), meter);
      line.dataset.operation = name;
      return line;
    }));
  }

  function showWaits(status) {
    const rows = [];
    for (const [name, one] of entries(status.operations)) {
      if (!one.queued && !one.longest_wait_s) continue;
      const next = one.expected_wait_s === null ? 'when the CAD answers again' : one.expected_wait_s > 0 ? `in ${duration(one.expected_wait_s)}` : 'now';
      rows.push(row(foreign(name), one.queued, one.in_flight, duration(one.longest_wait_s), next));
    }
    fill('waits', rows.length > 0 ? rows : [row('nothing', '', '', '', '')]);
    const calls = (status.classes?.command?.pending ?? 0) + (status.classes?.query?.pending ?? 0);
    return calls + (status.classes?.panic?.pending ?? 0) + (status.classes?.status?.pending ?? 0);
  }

  // ---------------------------------------------------------------------------------------------------------- panics

  function showPanics(status) {
    const one = status.classes?.panic;
    if (!one) return fill('panics', []);
    const { latency_ms: latency } = one;
    fill('panics', pairs([
      ['Pressed', `${one.accepted}, of which ${one.deduplicated} repeats`],
      ['Taken by the CAD', make('span', String(one.delivered))],
      ['Waiting', `${one.pending}${one.pending > 0 ? `, the oldest for ${duration(one.longest_wait_s)}` : ''}`],
      ['From press to acknowledgement', latency?.count > 0 ? `half within ${ms(latency.p50)}, 99 of 100 within ${ms(latency.p99)}, the longest ${ms(latency.max)}` : 'none yet'],
    ]));
    by('panics').dataset.delivered = one.delivered;
  }

  // -------------------------------------------------------------------------------------------------- refusals, absent

  function showRefusals(status) {
    const rows = entries(status.operations).filter(([, one]) => one.last_failure).map(([name, one]) => {
      const reasons = entries(one.failed).map(([kind, n]) => `${kind.replaceAll('_', ' ')}: ${n}`).join(', ');
      const { detail, ago_s: ago, trace_id: trace } = one.last_failure;
      return row(foreign(name), reasons, make('span', `${duration(ago)} ago: `, foreign(detail), trace ? make('span', ' (trace ', foreign(trace), ')') : ''));
    });
    fill('refusals', rows.length > 0 ? rows : [row('none', '', '')]);
  }

  function showAbsent(own) {
    if (own.absent_count === undefined) return say('absent-count', 'is being looked for');
    const list = Array.isArray(own.absent) ? own.absent : [];
    const more = own.absent_count - list.length;
    say('absent-count', count(own.absent_count, 'player', 'players') + (more > 0 ? `, of whom ${list.length} are shown` : ''));
    fill('absent', list.length > 0 ? list.map((one) => row(String(one.player), foreign(one.name), foreign(one.why))) : [row('nobody', '', '')]);
  }

  let logged = 0; // the number of the newest line that is shown
  function showLog(own) {
    const list = by('log');
    if (own.log_newest < logged) list.replaceChildren(); // the resource was restarted
    logged = own.log_newest;
    if (!Array.isArray(own.log) || own.log.length === 0) return;
    const follows = list.scrollTop + list.clientHeight >= list.scrollHeight - 20;
    list.append(...own.log.map((line) => make('li', foreign(line))));
    while (list.childElementCount > LOG_LINES) list.firstElementChild.remove();
    if (follows) list.scrollTop = list.scrollHeight;
  }

  // --------------------------------------------------------------------------------------------------------- charts

  const waited = [[], []]; // seconds, how much waited
  const charts = {};
  const chartWidth = (id) => Math.max(by(id).clientWidth, 200);

  function chart(id, options, data) {
    if (!charts[id]) {
      const axis = () => ({ stroke: () => color('soft'), grid: { stroke: () => color('grid') }, ticks: { stroke: () => color('grid') } });
      charts[id] = new uPlot({
        width: chartWidth(id), height: 170, legend: { show: false }, cursor: { show: false },
        ...options, axes: [{ ...axis(), ...options.x }, { ...axis(), size: 44 }],
      }, data, by(id));
    } else {
      charts[id].setData(data);
    }
  }

  function showCharts(status, waiting) {
    waited[0].push(Date.now() / 1000);
    waited[1].push(waiting);
    if (waited[0].length > KEPT) waited.forEach((list) => list.shift());
    chart('chart-waits', { series: [{}, { stroke: () => color('fresh'), width: 2 }], scales: { y: { range: (_, low, high) => [0, Math.max(high, 5)] } } }, waited);
    by('chart-waits').setAttribute('aria-label', `What waited in the last ten minutes of this page: now ${waiting}, at most ${Math.max(...waited[1])}`);
    const latency = status.classes?.panic?.latency_ms;
    const bounds = status.latency_bounds_ms;
    if (!latency || !Array.isArray(bounds)) return;
    // How many took at most each bound, without those of the bound before.
    const each = latency.at_most.map((n, i) => n - (i > 0 ? latency.at_most[i - 1] : 0));
    chart('chart-panics', {
      series: [{}, { stroke: () => color('bad'), fill: () => color('bad'), width: 1, paths: uPlot.paths.bars({ size: [0.8, 40] }), points: { show: false } }],
      scales: { x: { time: false, distr: 3, log: 2 }, y: { range: (_, low, high) => [0, Math.max(high, 1)] } },
      x: { values: (_, splits) => splits.map((value) => (value === null ? '' : value < 1000 ? `${Math.round(value)} ms` : `${Math.round(value / 1000)} s`)) },
    }, [bounds, each]);
    by('chart-panics').setAttribute('aria-label', `Panics from press to acknowledgement: ${latency.count}, ${each.map((n, i) => (n > 0 ? `${n} within ${ms(bounds[i])}` : '')).filter(Boolean).join(', ') || 'none'}`);
  }

  // ------------------------------------------------------------------------------------------------------- the loop

  function show(data) {
    const { module, own } = data;
    const status = { ...module, ...own.status };
    showState(status, own);
    showHub(status.hub);
    takeUnits(data.units);
    showUnits();
    showBudgets(status);
    const waiting = showWaits(status);
    showPanics(status);
    showRefusals(status);
    showAbsent(own);
    showLog(own);
    showCharts(status, waiting);
  }

  let wait = EVERY_MS;
  let timer = null; // of the next turn
  let asking = false;
  let askedAt = -EVERY_MS;
  let answers = 0;

  async function turn() {
    timer = null;
    if (asking) return;
    asking = true;
    askedAt = performance.now();
    let next = EVERY_MS;
    try {
      const answer = await fetch(`data?log=${logged}&units=${piece}`, { cache: 'no-store', credentials: 'same-origin', redirect: 'error' });
      if (answer.status === 401) {
        // The token has changed: the page asks nothing more with the old one.
        location.reload();
        return;
      }
      if (!answer.ok) throw new Error(`The server answered with status ${answer.status}.`);
      show(await answer.json());
      answers += 1;
      document.documentElement.dataset.answers = answers;
      say('link', 'Live');
      wait = EVERY_MS;
    } catch (error) {
      say('link', `Not live: ${error.message}`);
      wait = Math.min(wait * 2, SLOWEST_MS);
      next = wait;
    }
    asking = false;
    if (!document.hidden) timer = setTimeout(turn, next);
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer);
      timer = null;
    } else if (!asking && timer === null) {
      timer = setTimeout(turn, Math.max(0, askedAt + EVERY_MS - performance.now()));
    }
  });
  by('find').addEventListener('input', showUnits);
  by('unit-details').addEventListener('toggle', showUnits);

  // The map under a mouse, one or two fingers, and the keyboard. One finger moves the page, as everywhere else.
  const map = by('map');
  const pointers = new Map(); // pressed ones: [x, y]
  const place = (event) => {
    const box = map.getBoundingClientRect();
    return [event.clientX - box.left - map.clientLeft, event.clientY - box.top - map.clientTop];
  };
  map.addEventListener('wheel', (event) => {
    // Scrolling the page over the map does not zoom: the map needs the focus, or the key for zooming.
    if (document.activeElement !== map && !event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 200) / 300), ...place(event));
  }, { passive: false });
  map.addEventListener('dblclick', (event) => zoom(2, ...place(event)));
  map.addEventListener('pointerdown', (event) => {
    map.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
  });
  map.addEventListener('pointermove', (event) => {
    const was = pointers.get(event.pointerId);
    if (!was) return;
    const is = place(event);
    pointers.set(event.pointerId, is);
    if (pointers.size === 1) {
      if (event.pointerType !== 'touch') pan(was[0] - is[0], was[1] - is[1]);
      return;
    }
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const apart = ([x, y]) => Math.max(Math.hypot(x - other[0], y - other[1]), 1);
    const middle = ([x, y]) => [(x + other[0]) / 2, (y + other[1]) / 2];
    pan(middle(was)[0] - middle(is)[0], middle(was)[1] - middle(is)[1]);
    zoom(apart(is) / apart(was), ...middle(is));
  });
  for (const name of ['touchstart', 'touchmove']) {
    map.addEventListener(name, (event) => {
      if (event.touches.length > 1) event.preventDefault(); // two fingers are for the map
    }, { passive: false });
  }
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) map.addEventListener(end, (event) => pointers.delete(event.pointerId));
  const keys = {
    '+': () => zoom(ZOOM), '=': () => zoom(ZOOM), '-': () => zoom(1 / ZOOM), 0: () => look(null), Home: () => look(null),
    ArrowLeft: () => pan(-PAN * map.clientWidth, 0), ArrowRight: () => pan(PAN * map.clientWidth, 0),
    ArrowUp: () => pan(0, -PAN * map.clientHeight), ArrowDown: () => pan(0, PAN * map.clientHeight),
  };
  map.addEventListener('keydown', (event) => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  by('map-in').addEventListener('click', () => zoom(ZOOM));
  by('map-out').addEventListener('click', () => zoom(1 / ZOOM));
  by('map-all').addEventListener('click', () => look(null));

  window.addEventListener('resize', () => {
    drawMap();
    for (const [id, one] of Object.entries(charts)) one.setSize({ width: chartWidth(id), height: 170 });
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    drawMap();
    Object.values(charts).forEach((one) => one.redraw());
  });
  turn();
})();
