// One resource's JavaScript as the game server starts it, for pump_node and for plain Node: the resource's
// file with the real addon behind it, and a script that plays a shift.
//
// In pump_node this is the script of an environment: `process` and `require` are given, argv[1] is the configuration and
// argv[2] the number of this life. Configuration (JSON):
//   natives    the file natives.js
//   resource   the staged resource's folder
//   convars    {name: text}
//   units      how many units are on duty
//   calls      panic and status calls that must be answered before the script is done, spread over its turns; the rest of
//              its life it only reads positions
//   unanswered true: the script does not wait for the answers of its calls
//   last       true: a panic is pressed in the stop event itself, and must still reach the CAD
//   stop_ms    how long a stop may wait for the CAD; the resource's own number where it is left out
//   threadsafe an addon whose call(function) goes through a threadsafe function; called in the first turn

const config = JSON.parse(process.argv[1]);
const life = Number(process.argv[2]);
const path = require('path');

const lines = [];
const counts = { turns: 0, answered: 0, failed: 0, read: 0, untaken: 0, called: 0 };
const load = (file) => require('module').createRequire(file);
const msgpack = load(config.natives)('../fxhost/node_modules/msgpack-lite');

console.log = (line) => void lines.push(String(line));
const resource = load(config.natives)(config.natives).loadResource(config.resource, {
  convar(name, fallback) {
    // Each life has a key of its own, and so a budget of its own: the module keeps a key's budget over restarts.
    if (name === 'sonoran_apiKey') return `${config.convars[name]}.${life}`;
    return name in config.convars ? config.convars[name] : fallback;
  },
  more: {
    require: load(path.join(config.resource, 'fxmanifest.lua')),
    // The server's codec: there is no Lua here that could give a reference of its function.
    msgpack_pack: (value) => msgpack.encode(value),
    msgpack_unpack: (bytes) => msgpack.decode(bytes),
  },
});

// Timers that a careless script leaves behind: they must not keep an environment that stops.
setInterval(() => void (counts.timer = (counts.timer || 0) + 1), 1);
setTimeout(() => {}, 3600 * 1000);

function door(verb, ...args) {
  const [ok, result] = resource.door(verb, ...args);
  if (!ok) throw new Error(`${verb}: ${result}`);
  return result;
}

const unit = (n) => `unit-${life}-${n}`;
const waiting = new Set();
let asked = 0;

function listener(answers, done = [], news = [], pushed = [], said = []) {
  for (let i = 1; i < said.length; i += 2) lines.push(said[i]);
  for (const answer of answers) {
    if (!waiting.delete(answer.ticket)) continue;
    counts.answered += 1;
    if (!answer.ok) counts.failed += 1;
  }
  for (const ticket of done) if (waiting.delete(ticket)) counts.answered += 1;
}

/** The places of these slots, as of this turn. */
function reader(slots, untaken) {
  const flat = slots.flatMap((named) => {
    const slot = named < 0 ? -1 - named : named;
    return [slot, 10 * counts.turns + slot, 5 * counts.turns, 300, (counts.turns + slot) % 360];
  });
  const texts = counts.read === 0 ? [slots[0], 'Vinewood Boulevard', 'POLICE', 'police', 1] : [];
  counts.read += slots.length;
  counts.untaken += untaken;
  return [flat, texts];
}

function begin() {
  door('open', listener, reader);
  door('heartbeat', config.units);
  door('bind', Array.from({ length: config.units }, (_, slot) => [slot, unit(slot)]).flat());
}

function calls() {
  if (asked >= config.calls) return;
  asked += 1;
  const who = unit(asked % config.units);
  const [ticket] = asked % 2 === 1 ? door('panic', true, who, true) : door('status', true, who, asked % 5);
  waiting.add(ticket);
}

return {
  turn() {
    counts.turns += 1;
    if (counts.turns === 1) {
      begin();
      if (config.threadsafe) globalThis.require(config.threadsafe).call(() => void (counts.called += 1));
    }
    if (counts.turns % 7 === 0) calls();
    if (counts.turns % 50 === 0) counts.state = JSON.parse(door('stats')).state;
    resource.tick();
  },
  done: () => String(asked >= config.calls && (config.unanswered || waiting.size === 0)
    && counts.read >= config.units && counts.turns > 5),
  stop() {
    if (config.last) door('panic', false, `last-${life}`, true);
    const began = Date.now();
    resource.door('close', config.stop_ms); // as Lua does when the resource stops
    // A call after the stop gets a message, and touches nothing that was freed.
    const [ok, message] = resource.door('panic', false, 'late', true);
    resource.tick();
    return JSON.stringify({ ...counts, flush_ms: Date.now() - began, late: ok ? 'taken' : message, lines });
  },
  report: () => JSON.stringify({ ...counts, lines }),
};
