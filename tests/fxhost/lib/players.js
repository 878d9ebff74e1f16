'use strict';

const { createRandom } = require('./random');
const { signedHashKey } = require('./hash');
const { VEHICLES } = require('./world');

const FIRST_PED = 65537;
const FIRST_VEHICLE = 1048577;

// Movement models: (player, seconds) moves the player. Speeds in m/s, headings in degrees, 0 is north,
// counter-clockwise.
const MOVEMENTS = {
  still: () => () => {},
  drive:
    ({ speed = 20, turn = 0 }) =>
    (player, seconds) => {
      player.heading = (player.heading + turn * seconds + 360) % 360;
      forward(player, speed * seconds);
    },
  walk:
    ({ speed = 1.6, random }) =>
    (player, seconds) => {
      player.heading = (player.heading + (random() - 0.5) * 180 * seconds + 360) % 360;
      forward(player, speed * seconds);
    },
  // Drives, and turns at random: what a patrol looks like.
  patrol:
    ({ speed = 14, random }) =>
    (player, seconds) => {
      if (random() < 0.1 * seconds) player.heading = (player.heading + (random() < 0.5 ? 90 : 270)) % 360;
      forward(player, speed * seconds);
    },
};

function forward(player, metres) {
  const angle = (player.heading * Math.PI) / 180;
  player.x -= Math.sin(angle) * metres;
  player.y += Math.cos(angle) * metres;
}

class Player {
  constructor(source, options, random) {
    this.source = source;
    this.name = options.name || `Player ${source}`;
    this.identifiers = options.identifiers || [`license:${source.toString(16).padStart(40, '0')}`];
    this.x = options.x || 0;
    this.y = options.y || 0;
    this.z = options.z || 30;
    this.heading = options.heading || 0;
    this.ped = 0;
    this.gone = false;
    this.unsynced = null;
    this.vehicle = 0;
    this.vehicleModel = 0;
    this.siren = false;
    this.random = random;
    this.lastHeard = 0;
    if (!options.loading) this.spawn();
    this.move(options.movement || { kind: 'still' });
    if (options.vehicle) this.enter(options.vehicle);
  }

  // movement: {kind: 'still'|'drive'|'walk'|'patrol', speed, turn} or a function (player, seconds).
  move(movement) {
    if (typeof movement === 'function') {
      this.step = movement;
      return;
    }
    const make = MOVEMENTS[movement.kind];
    if (!make) {
      throw new Error(`movement.kind is '${movement.kind}': it must be one of ${Object.keys(MOVEMENTS).join(', ')}`);
    }
    this.step = make({ ...movement, random: this.random });
  }

  // The player's ped is there: at first after loading, and again after vanish().
  spawn() {
    this.ped = FIRST_PED + this.source;
    this.gone = false;
    this.unsynced = null;
  }

  // The ped is gone, as when it is out of everyone's sight or is made anew. The player is still asked for by the old
  // handle, and every native about that handle is an error.
  vanish() {
    this.gone = true;
    this.leave();
  }

  // The ped is there, but nobody has told the server where. It reads as 'sky', (0, 0, -1700), or as -27648 on the axes
  // that are named: 'x', 'xy', 'xyz', ...
  unsync(as = 'sky') {
    if (as !== 'sky' && !/^[xyz]{1,3}$/.test(as)) throw new Error(`unsync takes 'sky' or axes like 'xy'; got '${as}'`);
    this.unsynced = as;
  }

  coords() {
    if (this.unsynced === null) return [this.x, this.y, this.z];
    if (this.unsynced === 'sky') return [0, 0, -1700];
    return ['x', 'y', 'z'].map((axis) => (this.unsynced.includes(axis) ? -27648 : this[axis]));
  }

  enter(model) {
    this.vehicle = FIRST_VEHICLE + this.source;
    this.vehicleModel = signedHashKey(model);
  }

  leave() {
    this.vehicle = 0;
    this.vehicleModel = 0;
    this.siren = false;
  }
}

// The players on the server and the entities that are theirs: each has a ped, and a vehicle while in one.
class Players {
  constructor(seed) {
    this.bySource = new Map();
    this.nextSource = 1;
    this.random = createRandom(seed);
  }

  add(options) {
    const source = options.source || this.nextSource;
    if (this.bySource.has(source)) throw new Error(`player ${source} is already on the server`);
    this.nextSource = Math.max(this.nextSource, source + 1);
    const player = new Player(source, options, createRandom(Math.floor(this.random() * 4294967296)));
    this.bySource.set(source, player);
    return player;
  }

  remove(source) {
    const player = this.bySource.get(source);
    this.bySource.delete(source);
    return player;
  }

  // The player that a native's argument means: a number, or its text.
  get(source) {
    return this.bySource.get(typeof source === 'number' ? source : Number.parseInt(source, 10));
  }

  sources() {
    return [...this.bySource.keys()];
  }

  byPed(ped) {
    const player = this.bySource.get(ped - FIRST_PED);
    return player && player.ped === ped && !player.gone ? player : undefined;
  }

  // The handles of all peds, or of all vehicles, that are there.
  entities(kind) {
    return [...this.bySource.values()].filter((one) => one[kind] !== 0 && !one.gone).map((one) => one[kind]);
  }

  byVehicle(vehicle) {
    const player = this.bySource.get(vehicle - FIRST_VEHICLE);
    return player && player.vehicle === vehicle ? player : undefined;
  }

  step(seconds) {
    for (const player of this.bySource.values()) player.step(player, seconds);
  }

  // A player like a unit on patrol, for crowds.
  sample() {
    const random = this.random;
    return {
      x: (random() - 0.5) * 4000,
      y: (random() - 0.5) * 4000,
      z: 20 + random() * 40,
      heading: Math.floor(random() * 4) * 90,
      vehicle: VEHICLES[Math.floor(random() * VEHICLES.length)],
      movement: { kind: 'patrol', speed: 8 + random() * 12 },
    };
  }
}

module.exports = { Players };
