'use strict';

// The host adapter for Node.js, for this resource's own Lua files: one export, `door(verb, ...)`, that returns
// [true, result] or [false, message, kind] and never throws. The exports for script authors are in lua/server/exports.lua.

(() => {
  const crypto = require('crypto');
  const fs = require('fs');
  const path = require('path');

  const resource = GetCurrentResourceName();
  // A tick may spend 1 ms of the game thread on fetching events. Fetching stops a little earlier and takes few events at
  // once, so that the last piece stays within the limit too.
  const POLL_EVENTS = 8;
  const POLL_MS = 0.8;
  const STOP_MS = 1500; // the game thread waits for at most this long while a resource stops
  const NODE_VERSION = 18; // the oldest tested version; a game server has 22, or 16 when it is too old
  const NAPI_VERSION = 8;
  const UPLOADS = 'sonoran_bridge_upload_folders';
  const POSTALS = 'sonoran_bridge_postals';
  const VEHICLES = 'sonoran_bridge_vehicles';
  const PLATFORMS = ['linux-x64', 'win32-x64']; // those for which there are packages
  const LEVELS = ['^1error: ', '^3warning: ', 'info: ', '^5debug: ']; // as Log of lua/server/log.lua has them

  let addon = null;
  let loadError = null; // the message, when there is no addon
  // The open bridge: {id, pending, base, last, untold}. Each bridge numbers its tickets from 1. Lua's ticket is that number
  // plus `base`, so that no answer is taken for another bridge's. `last` is the bridge's newest number. `untold`: events that
  // were fetched and not yet delivered to Lua, in order.
  let session = null;
  let onEvents = null; // Lua's function for events: on_events in lua/server/bridge.lua
  let ask = null; // Lua's function that reads places, from bytes to bytes: read_places in lua/server/bridge.lua
  const question = new Uint8Array(2048); // for the most slots that are read in one tick
  let untaken = 0; // rows of the last answer that the bridge did not take
  const wanted = new Set(); // tickets whose answer has a callback in Lua
  let heard = new Set(); // types of the CAD's events with a listener in Lua; '*': all

  const again = `unpack the whole package into resources/${resource} again`;

  /** The C library that a Linux file was linked against: 'glibc', 'musl', or undefined. */
  function libraryOf(file) {
    const bytes = fs.readFileSync(file);
    if (bytes.includes('\0libc.so.6\0')) return 'glibc';
    return ['\0libc.so\0', '\0libc.musl-', '/ld-musl-'].some((name) => bytes.includes(name)) ? 'musl' : undefined;
  }

  /** The SHA-256 of a file, read in pieces: one large buffer would stay in memory until the next garbage collection. */
  function sha256Of(file) {
    const hash = crypto.createHash('sha256');
    const piece = new Uint8Array(65536);
    const descriptor = fs.openSync(file, 'r');
    try {
      for (let bytes; (bytes = fs.readSync(descriptor, piece, 0, piece.length, null)) > 0; ) hash.update(piece.subarray(0, bytes));
    } finally {
      fs.closeSync(descriptor);
    }
    return hash.digest('hex');
  }

  /**
   * The message when a file is not the packed one; undefined when it is, or when there is no record of it (a build by
   * hand). A transfer as text changes bytes, and the system's loader gives a misleading message about that.
   */
  function damageOf(name, file) {
    const record = `${file}.sum`;
    if (!fs.existsSync(record)) return undefined;
    const [, sha256, size] = /^([0-9a-f]{64}) (\d+)\s*$/.exec(fs.readFileSync(record, 'latin1')) || [];
    const { size: here } = fs.statSync(file);
    const remedy = `it was damaged on its way here (FTP must transfer it as binary, not as text); ${again}`;
    if (size === undefined) return `The file ${name}.sum is not as it was packed: ${remedy}.`;
    if (here !== Number(size)) return `The native file ${name} has ${here} bytes, and the package's has ${size}: ${remedy}.`;
    if (sha256Of(file) === sha256) return undefined;
    return `The native file ${name} has other bytes than the package's (its SHA-256 differs): ${remedy}.`;
  }

  /** The message when the system did not open `file`; `reason` is the system's own. */
  function unopened(name, file, reason) {
    if (process.platform === 'linux') {
      // The two C libraries word their errors differently, which shows the C library of this process.
      const here = /^Error (loading|relocating)/.test(reason) ? 'musl' : 'glibc';
      const built = libraryOf(file);
      if (built && built !== here) {
        return `The native file ${name} was built for the C library ${built}, but this server has ${here}; get the package for ${here}.`;
      }
      const newer = /version `?(GLIBC_[0-9.]+)' not found/.exec(reason);
      if (newer) return `The native file ${name} needs ${newer[1]}, which is newer than this system has; get the released package, or build it here.`;
    }
    return `The native file ${name} could not be opened (${reason}); ${again}.`;
  }

  /** Loads the addon for this machine; throws an Error with a message for people. */
  function load() {
    const { node, napi } = process.versions;
    if (Number(String(node).split('.')[0]) < NODE_VERSION || Number(napi || 0) < NAPI_VERSION) {
      throw new Error(`This server runs Node.js ${node}, which is too old; update the server artifact to one with Node.js 22.`);
    }
    const platform = `${process.platform}-${process.arch}`;
    const name = `bin/${platform}/sonoran_bridge.node`;
    const folder = path.join(GetResourcePath(resource), 'bin');
    const file = path.join(folder, platform, 'sonoran_bridge.node');
    if (!fs.existsSync(file)) {
      const there = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      if (there.length > 0 && !there.includes(platform)) {
        throw new Error(`This machine is ${platform}, and the package is for ${there.join(' and ')} only; ${
          PLATFORMS.includes(platform) ? 'get the package for this one' : `the bridge runs on ${PLATFORMS.join(' and ')}`}.`);
      }
      throw new Error(`The file ${name} is missing; ${again}.`);
    }
    const damage = damageOf(name, file);
    if (damage) throw new Error(damage);
    let loaded;
    try {
      loaded = require(file);
    } catch (error) {
      const reason = String((error && error.message) || error).split('\n')[0].trim();
      if (error && error.code === 'ERR_DLOPEN_DISABLED') {
        throw new Error('This build of the server does not let resources open native files (ERR_DLOPEN_DISABLED); '
          + 'update the server artifact, or use the folder sonoran_bridge_mono of the package (docs/platforms.md).');
      }
      // Without this code the file was opened, and the error is the addon's own message.
      throw new Error(error && error.code === 'ERR_DLOPEN_FAILED' ? unopened(name, file, reason) : reason);
    }
    if (typeof loaded.open !== 'function') {
      throw new Error('The native file found no Node-API functions in this server; update the server artifact.');
    }
    return loaded;
  }

  /** Says a line where Lua cannot. */
  const say = (level, line) => console.log(`${LEVELS[level] || ''}${line}^7`);

  function need() {
    if (!session) throw Object.assign(new Error('The bridge is not open.'), { code: 'shutting_down' });
    return session.id;
  }

  /** Tells Lua. `lines` for the console, each its level and its text, are printed here if Lua cannot do it. */
  function tell(answers, done, news, pushed, lines, changes) {
    const sayLines = () => {
      for (let i = 0; i < lines.length; i += 2) say(lines[i], lines[i + 1]);
    };
    if (!onEvents) return sayLines();
    try {
      onEvents(answers, done, news, pushed, lines, changes);
    } catch (error) {
      sayLines();
      say(0, `Lua failed to take the answers of the bridge: ${String((error && error.message) || error)}`);
    }
  }

  /** Delivers a bridge's answers, news and log lines to Lua. News of active units and of the state count only from the open bridge. */
  function deliver(from, events) {
    const answers = [];
    const changes = [];
    const done = [];
    const news = [];
    const lines = [];
    for (const event of events) {
      if (event.line !== undefined) lines.push(event.level, event.line);
      else if (event.units !== undefined) {
        if (from === session) news.push(event.units);
      } else if (event.state !== undefined) {
        if (from === session) changes.push(event.state, event.reason, event.hub);
      } else {
        event.ticket += from.base;
        // Without a callback only the ticket of a success crosses.
        if (wanted.delete(event.ticket) || !event.ok) answers.push(event);
        else done.push(event.ticket);
      }
    }
    if (answers.length + done.length + news.length + lines.length + changes.length > 0) tell(answers, done, news, [], lines, changes);
  }

  /**
   * Delivers the next piece of what waits, in order; false if nothing waits. An event of the CAD is a piece by itself,
   * because the scripts that listen to it run inside this call and take as long as they take.
   */
  function deliverPiece(from) {
    if (from.untold.length === 0) from.untold = addon.poll(from.id, POLL_EVENTS);
    const { untold } = from;
    if (untold.length === 0) return false;
    if (untold[0].event !== undefined) {
      const pushed = untold.shift();
      if (heard.has(pushed.event) || heard.has('*')) tell([], [], [], [pushed], [], []);
      return true;
    }
    const next = untold.findIndex((one) => one.event !== undefined);
    deliver(from, untold.splice(0, next < 0 ? untold.length : next));
    return true;
  }

  /** Fetches waiting events for at most 1 ms of the game thread, or one piece if that takes longer. */
  function poll() {
    if (!session) return;
    if (session.untold.length === 0) {
      if (session.pending ? Atomics.load(session.pending, 0) === 0 : addon.pending(session.id) === 0) return;
    }
    const until = performance.now() + POLL_MS;
    while (session && deliverPiece(session) && performance.now() < until);
  }

  /**
   * Lua's function that reads places, from the bytes of its arguments to those of its results. The addon writes and reads
   * these bytes. The server's codec is JavaScript, which is slow when it runs only four times a second. `reference`: what the
   * server's Lua calls the function. A server that gives none, or does not take one, pays for its codec.
   */
  function askerOf(reader, reference) {
    const citizen = globalThis.Citizen;
    if (reference && citizen && citizen.makeFunctionReference) return citizen.makeFunctionReference(reference);
    return (bytes) => msgpack_pack([reader(...msgpack_unpack(bytes))]);
  }

  /** Lets Lua read the places that the bridge wants now, in one crossing, and hands its answer to the bridge. */
  function read() {
    if (!session || !ask) return;
    const from = session;
    const size = addon.readings(from.id, question, untaken);
    if (size === 0) return;
    untaken = 0;
    const refused = [];
    try {
      const answer = ask(question.subarray(0, size));
      if (from === session) untaken = addon.answer(from.id, answer, refused);
    } catch (error) {
      refused.push(String((error && error.message) || error));
      if (from === session) addon.answer(from.id); // the bridge goes on
    }
    if (refused.length > 0) say(0, `The places of units were not all read: ${refused[0]}`);
  }

  /** Delivers all last answers of a stopped bridge, then closes it. */
  function drain(ending) {
    while (deliverPiece(ending));
    addon.close(ending.id);
  }

  /** Ends the open bridge, with an answer for each ticket, and prints what the CAD did not get. */
  function shut(timeout) {
    if (!session) return;
    const ending = session;
    session = null;
    const left = addon.stop(ending.id, timeout);
    drain(ending);
    wanted.clear();
    const parts = [[left.panics, 'panic', 'panics'], [left.statuses, 'status', 'statuses'], [left.calls, 'call', 'calls']]
      .filter(([count]) => count > 0).map(([count, one, many]) => `${count} ${count === 1 ? one : many}`);
    if (parts.length > 0) tell([], [], [], [], [1, `The bridge stopped with ${parts.join(', ')} not delivered to the CAD.`], []);
  }

  /** Converts a ticket of the open bridge to Lua's ticket. `wants`: Lua gets the whole answer. */
  function ticketOf(own, wants) {
    session.last = own;
    const ticket = session.base + own;
    if (wants) wanted.add(ticket);
    return ticket;
  }

  /** The bytes of an attachment, which comes as base64, with or without a data: prefix, because texts of Lua cross as UTF-8. */
  function bytesOf(base64) {
    const text = base64.slice(base64.startsWith('data:') ? base64.indexOf(',') + 1 : 0);
    // A blank can match in one place only, so the match takes linear time.
    if (!/^[A-Za-z0-9+/\s]*(?:=\s*){0,2}$/.test(text)) throw new Error('The attachment must be base64 of the bytes.');
    return Buffer.from(text, 'base64');
  }

  /** A file that a convar names: '@name/path' is one of the resource of that name. */
  function fileOf(value) {
    const [, name, file] = /^@([^/]+)\/(.+)$/.exec(value) || [];
    const folder = name && GetResourcePath(name);
    return folder ? path.join(folder, file) : value;
  }

  /** The present values of all convars in the module's table. */
  function convarsNow() {
    const convars = {};
    for (const row of addon.settings()) convars[row.name] = GetConvar(row.name, '');
    // For machines without certificate authorities of their own.
    const authorities = path.join(GetResourcePath(resource), 'config', 'authorities.pem');
    if (convars.sonoran_bridge_ca_bundle === '' && fs.existsSync(authorities)) convars.sonoran_bridge_ca_bundle = authorities;
    const vehicles = path.join(GetResourcePath(resource), 'config', 'vehicles.json');
    if (convars[VEHICLES] === '' && fs.existsSync(vehicles)) convars[VEHICLES] = vehicles;
    for (const name of [POSTALS, VEHICLES]) if (name in convars) convars[name] = fileOf(convars[name]);
    // The module does not know about resources; unset means this resource's folder.
    if (convars[UPLOADS] === '') convars[UPLOADS] = GetResourcePath(resource);
    return convars;
  }

  /**
   * Facts about this runtime and its native file, whether it opened or not, for a report to the maintainers. Reads
   * nothing outside of the resource: a server's sandbox refuses that, and early sandboxes end the server.
   */
  function about() {
    const platform = `${process.platform}-${process.arch}`;
    const name = `bin/${platform}/sonoran_bridge.node`;
    const file = path.join(GetResourcePath(resource), name);
    const there = fs.existsSync(file);
    const record = `${file}.sum`;
    return {
      runtime: `Node.js ${process.versions.node}`,
      platform,
      file: name,
      bytes: there ? fs.statSync(file).size : undefined,
      sha256: fs.existsSync(record) ? fs.readFileSync(record, 'latin1').slice(0, 64) : undefined, // as it was packed
      library: addon ? addon.library : undefined, // the C library that it was built for, which it opened with
      version: addon ? addon.version : undefined,
      abi: addon ? addon.abi : undefined,
      error: addon ? undefined : loadError,
    };
  }

  const verbs = {
    // ping() -> the addon's version, if it could be loaded
    ping: () => addon.version,
    about: () => about(),
    // admit(): checks whether the present convars are trusted; fails with 'not_trusted' when the console must confirm them first
    admit: () => addon.admit(convarsNow()),
    // trust(host or name of a setting): confirms what admit refused last
    trust: (what) => addon.trust(what),
    // open(function for events, function that reads places, the latter's reference as text or false) -> {version, settings};
    // when it fails, an open bridge goes on. Otherwise the last answers of the old bridge are delivered before this returns.
    open(listener, reader, reference) {
      const convars = convarsNow();
      const ending = session;
      const { id, pending } = ending ? addon.open(convars, ending.id, STOP_MS) : addon.open(convars);
      session = { id, pending, base: ending ? ending.base + ending.last : 0, last: 0, untold: [] };
      onEvents = listener;
      ask = reader ? askerOf(reader, reference) : null;
      untaken = 0;
      if (ending) drain(ending);
      const settings = {};
      for (const name of Object.keys(convars)) {
        const value = addon.setting(id, name);
        if (value !== undefined) settings[name] = value;
      }
      return { version: addon.version, settings };
    },
    // close(): called by Lua when the resource stops, after its own last calls, whatever the order of the runtimes' handlers.
    close: (timeout) => shut(timeout === undefined ? STOP_MS : timeout),
    // bind([slot, unit or '' for nobody, ...]); all that can be bound is, also when it fails
    bind(units) {
      const id = need();
      let failed;
      for (let i = 0; i + 1 < units.length; i += 2) {
        try {
          addon.bind(id, units[i], units[i + 1]);
        } catch (error) {
          failed = failed || error;
        }
      }
      if (failed) throw failed;
    },
    // units([unit, x, y, z, heading, location or false, peer or false, vehicle or false, kind or false, siren, ...])
    //   -> {taken, message: about the first that was refused}
    units: (list) => addon.positions(need(), list),
    // panic(...) -> [ticket, seconds until it may leave, or false when that is not known]
    panic(wants, unit, on) {
      const [own, wait] = addon.panic(need(), unit, on ? 1 : 0);
      return [ticketOf(own, wants), wait];
    },
    status: (wants, unit, value) => [ticketOf(addon.status(need(), unit, value), wants), 0],
    // call(wants, operation, JSON text, milliseconds or 0, base64 or false) -> the ticket
    call: (wants, operation, args, deadline, attachment) =>
      ticketOf(addon.call(need(), operation, args, deadline, attachment === false ? undefined : bytesOf(attachment)), wants),
    cancel(ticket) {
      const id = need();
      const own = ticket - session.base;
      if (own >= 1) addon.cancel(id, own); // else the ticket is of a bridge that has ended, and so has the call
      return true;
    },
    // listen([type, ...]): from now on only the CAD's events of these types are delivered; '*': all
    listen(types) {
      heard = new Set(types);
      return true;
    },
    // push(JSON text of an event that the CAD sent by HTTP)
    push: (event) => addon.push(need(), event),
    wait: (operation) => addon.wait(need(), operation),
    remove: (unit) => addon.remove(need(), unit),
    // location(unit, text): the map shows this text as the unit's place; '': no longer
    location(unit, text) {
      addon.location(need(), unit, text);
      return true;
    },
    heartbeat: (players) => addon.heartbeat(need(), players),
    stats: () => addon.stats(need()),
    // places(piece) -> JSON text of sb_units
    places: (piece) => addon.units(need(), piece),
    // log_level(0 to 3): from now on lines up to this level come
    log_level: (level) => addon.log_level(need(), level),
    // diagnose() -> ticket, whose answer has the way to the CAD as JSON; unit(id) -> ticket, the same of a unit
    diagnose: () => ticketOf(addon.diagnose(need()), true),
    unit: (unit) => ticketOf(addon.unit(need(), unit), true),
  };

  try {
    addon = load();
  } catch (error) {
    loadError = error.message;
  }

  globalThis.exports('door', (verb, ...args) => {
    try {
      // No other resource may close the bridge or take its answers.
      const caller = GetInvokingResource();
      if (caller && caller !== resource) throw new Error(`The export door is for ${resource} alone; use its other exports.`);
      if (!Object.hasOwn(verbs, verb)) throw new Error(`The door has no verb ${String(verb)}.`);
      if (!addon && verb !== 'about') throw new Error(loadError);
      return [true, verbs[verb](...args)];
    } catch (error) {
      return [false, String((error && error.message) || error), error && error.code];
    }
  });

  setTick(() => {
    read();
    poll();
  });
})();
