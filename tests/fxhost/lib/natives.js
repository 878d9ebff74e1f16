'use strict';

const fs = require('node:fs');
const path = require('node:path');
const world = require('./world');
const { signedHashKey } = require('./hash');

// The natives of the server, by name: {returns, fn(runtime, ...arguments)}. `returns` is 'int', 'float', 'boolean'
// (scripts get 1 or false), 'vector3', 'ints' (several results), 'any', or nothing.

function serverNatives(host) {
  const { players, convars, aces, events, resources, clock, kvp } = host;
  // Without it the server knows no entities: no player has a ped.
  const oneSync = () => convars.get('onesync') !== 'off';
  const native = (returns, fn) => ({ returns, fn });
  const nothing = (fn) => ({ fn });

  // Entity 0 gives the default; any other that does not exist is an error, as in the game server.
  const entity = (fallback, read) => (runtime, id) => {
    if (!id) return fallback;
    const player = oneSync() ? players.byPed(id) : undefined;
    const driver = player || !oneSync() ? undefined : players.byVehicle(id);
    if (!player && !driver) throw new Error(`Tried to access invalid entity: ${id}`);
    return read(player || driver, Boolean(player));
  };
  const textOf = (value, what) => {
    if (value === null || value === undefined) throw new Error(`${what} is missing`);
    return String(value);
  };
  const readable = (runtime, name) => {
    const text = textOf(name, "the convar's name");
    return convars.readable(runtime.resource.name, text) ? convars.get(text) : undefined;
  };
  const integer = (value, fallback) => {
    const word = value === undefined ? '' : value.toLowerCase();
    const number = word === 'true' ? 1 : word === 'false' ? 0 : Number.parseInt(word, 10);
    return Number.isNaN(number) ? fallback || 0 : number | 0;
  };
  const metadata = (name) => {
    const resource = resources.find(name);
    return resource && resource.manifest;
  };
  const store = (runtime) => kvp.of(runtime.resource.name);
  const principals = (source) => host.principals(source);

  return {
    // ------------------------------------------------------------------------------------ the runtime itself
    IsDuplicityVersion: native('boolean', () => true),
    GetCurrentResourceName: native('any', (runtime) => runtime.resource.name),
    GetInvokingResource: native('any', () => host.invokingResource()),
    GetGameTimer: native('int', () => Math.floor(clock.now())),
    GetHashKey: native('int', (_, name) => signedHashKey(textOf(name, 'the name'))),
    GetGameName: native('any', () => 'fxserver'),
    RegisterResourceAsEventHandler: nothing((runtime, name) => runtime.resource.handles.add(textOf(name, 'the event'))),
    CancelEvent: nothing(() => events.cancel()),
    WasEventCanceled: native('boolean', () => events.wasCancelled),

    // ----------------------------------------------------------------------------------------------- convars
    GetConvar: native('any', (runtime, name, fallback) => {
      const value = readable(runtime, name);
      return value === undefined ? String(fallback ?? '') : value;
    }),
    GetConvarInt: native('int', (runtime, name, fallback) => integer(readable(runtime, name), Number(fallback))),
    GetConvarFloat: native('float', (runtime, name, fallback) => {
      const number = Number.parseFloat(readable(runtime, name));
      return Number.isNaN(number) ? Number(fallback) || 0 : number;
    }),
    GetConvarBool: native('boolean', (runtime, name, fallback) => {
      return integer(readable(runtime, name), fallback ? 1 : 0) !== 0;
    }),
    SetConvar: nothing((_, name, value) => convars.set(textOf(name, "the convar's name"), textOf(value, 'the value'))),
    SetConvarReplicated: nothing((_, name, value) => convars.set(String(name), String(value), 'setr')),
    SetConvarServerInfo: nothing((_, name, value) => convars.set(String(name), String(value), 'sets')),
    AddConvarChangeListener: native('int', (runtime, filter, reference) =>
      host.listenToConvars(runtime, filter, reference),
    ),
    RemoveConvarChangeListener: nothing((_, id) => host.forgetConvarListener(id)),

    // --------------------------------------------------------------------------------------------- resources
    GetResourceState: native('any', (_, name) => resources.state(String(name))),
    GetResourcePath: native('any', (_, name) => (resources.find(name) ? resources.find(name).path : null)),
    GetNumResources: native('int', () => resources.list().length),
    GetResourceByFindIndex: native('any', (_, index) => (resources.list()[index] || { name: null }).name),
    GetNumResourceMetadata: native('int', (_, name, key) => (metadata(name) ? metadata(name).all(key).length : 0)),
    GetResourceMetadata: native('any', (_, name, key, index) => {
      const manifest = metadata(name);
      return (manifest && manifest.all(key)[Number(index) || 0]) ?? null;
    }),
    LoadResourceFile: native('any', (_, name, file) => {
      const resource = resources.find(name);
      const bytes = resource ? resource.readFile(String(file)) : null;
      return bytes === null ? null : bytes.toString('utf8');
    }),
    SaveResourceFile: native('boolean', (_, name, file, data, length) => {
      const resource = resources.find(name);
      const full = resource && path.resolve(resource.path, String(file));
      if (!resource || !full.startsWith(resource.path + path.sep)) return false;
      const bytes = Buffer.from(String(data), 'utf8');
      fs.writeFileSync(full, length > 0 ? bytes.subarray(0, length) : bytes);
      return true;
    }),
    StartResource: native('boolean', (_, name) => host.later(() => host.start(name))),
    StopResource: native('boolean', (_, name) => host.later(() => host.stop(name))),
    RegisterCommand: nothing((runtime, name, reference, restricted) => {
      host.commands.register(textOf(name, "the command's name"), {
        runtime,
        reference,
        restricted: Boolean(restricted),
      });
    }),
    SetHttpHandler: nothing((runtime, reference) => host.setHttpHandler(runtime.resource.name, reference)),
    PerformHttpRequestInternalEx: native('int', (runtime, request) =>
      host.performHttpRequest(runtime.resource, request),
    ),
    ExecuteCommand: nothing((_, line) => host.execute(String(line))),
    GetRegisteredCommands: native('any', () => host.commands.names().map((name) => ({ name }))),

    // ----------------------------------------------------------------------------------------------- players
    GetNumPlayerIndices: native('int', () => players.bySource.size),
    GetPlayerFromIndex: native('any', (_, index) => {
      const source = players.sources()[index];
      return source === undefined ? null : String(source);
    }),
    GetPlayerName: native('any', (_, source) => (players.get(source) || { name: null }).name),
    // The handle that was stored with the player's first ped; it is not taken back when that ped is gone.
    GetPlayerPed: native('int', (_, source) => (oneSync() ? (players.get(source) || { ped: 0 }).ped : 0)),
    GetPlayerEndpoint: native('any', (_, source) => (players.get(source) ? '127.0.0.1' : null)),
    GetPlayerPing: native('int', (_, source) => (players.get(source) ? 40 : -1)),
    GetPlayerLastMsg: native('int', (_, source) => (players.get(source) ? 0 : 99999999)),
    GetPlayerRoutingBucket: native('int', () => 0),
    DoesPlayerExist: native('boolean', (_, source) => Boolean(players.get(source))),
    GetNumPlayerIdentifiers: native(
      'int',
      (_, source) => (players.get(source) || { identifiers: [] }).identifiers.length,
    ),
    GetPlayerIdentifier: native(
      'any',
      (_, source, index) => (players.get(source) || { identifiers: [] }).identifiers[index] ?? null,
    ),
    GetPlayerIdentifierByType: native('any', (_, source, type) => {
      const player = players.get(source);
      return (player && player.identifiers.find((one) => one.startsWith(`${type}:`))) ?? null;
    }),
    DropPlayer: nothing((_, source, reason) => {
      host.later(() => players.get(source) && host.dropPlayer(Number(source), String(reason ?? 'Dropped')));
    }),
    IsPlayerAceAllowed: native('boolean', (_, source, object) =>
      aces.allowed(principals(Number(source)), String(object)),
    ),
    IsPrincipalAceAllowed: native('boolean', (_, principal, object) =>
      aces.allowed([String(principal)], String(object)),
    ),

    // ---------------------------------------------------------------------------------------------- entities
    DoesEntityExist: native('boolean', (_, id) => oneSync() && Boolean(players.byPed(id) || players.byVehicle(id))),
    GetEntityCoords: native(
      'vector3',
      entity([0, 0, 0], (player) => player.coords()),
    ),
    GetEntityHeading: native(
      'float',
      entity(0, (player) => player.heading),
    ),
    GetEntityModel: native(
      'int',
      entity(0, (player, ped) => (ped ? signedHashKey('mp_m_freemode_01') : player.vehicleModel)),
    ),
    GetEntityType: native(
      'int',
      entity(0, (_, ped) => (ped ? 1 : 2)),
    ),
    GetEntitySpeed: native(
      'float',
      entity(0, () => 0),
    ),
    GetEntityHealth: native(
      'int',
      entity(0, () => 200),
    ),
    NetworkGetEntityOwner: native(
      'int',
      entity(-1, (player) => player.source),
    ),
    NetworkGetNetworkIdFromEntity: native(
      'int',
      entity(0, (player) => player.source),
    ),
    GetVehiclePedIsIn: native(
      'int',
      entity(0, (player, ped) => (ped ? player.vehicle : 0)),
    ),
    GetPedInVehicleSeat: native('int', (_, vehicle, seat) => {
      const player = players.byVehicle(vehicle);
      return player && Number(seat) === -1 ? player.ped : 0;
    }),
    GetVehicleClass: native('int', (_, id) => (id === player.vehicle ? world.vehicleClass(player.vehicleModel) : 0)),
    // A BOOL of the game: 1, or false.
    IsVehicleSirenOn: native('any', (_, id) => (id === player.vehicle && player.siren ? 1 : false)),
    GetVehicleNumberPlateText: native(
      'any',
      entity(null, (player) => `UNIT ${String(player.source).padStart(3, '0')}`),
    ),
    GetAllPeds: native('any', () => (oneSync() ? players.entities('ped') : [])),
    GetAllVehicles: native('any', () => (oneSync() ? players.entities('vehicle') : [])),

    // --------------------------------------------------------------------------------------- key-value store
    SetResourceKvp: nothing((runtime, key, value) => store(runtime).set(String(key), String(value))),
    SetResourceKvpInt: nothing((runtime, key, value) => store(runtime).set(String(key), Number(value) | 0)),
    SetResourceKvpFloat: nothing((runtime, key, value) => store(runtime).set(String(key), Number(value))),
    GetResourceKvpString: native('any', (runtime, key) => {
      const value = store(runtime).get(String(key));
      return typeof value === 'string' ? value : null;
    }),
    GetResourceKvpInt: native('int', (runtime, key) => Number(store(runtime).get(String(key))) | 0),
    GetResourceKvpFloat: native('float', (runtime, key) => Number(store(runtime).get(String(key))) || 0),
    DeleteResourceKvp: nothing((runtime, key) => store(runtime).delete(String(key))),
  };
}

// The natives of a player's game.
function clientNatives(host, player, commands) {
  const native = (returns, fn) => ({ returns, fn });
  const mine = (id) => id === player.ped || (player.vehicle !== 0 && id === player.vehicle);
  const server = serverNatives(host);
  const shared = [
    'GetCurrentResourceName',
    'GetInvokingResource',
    'GetGameTimer',
    'GetHashKey',
    'GetResourceState',
    'GetNumResourceMetadata',
    'GetResourceMetadata',
    'LoadResourceFile',
    'CancelEvent',
    'WasEventCanceled',
    'RegisterResourceAsEventHandler',
  ];
  const replicated = (name) => host.convars.replicated(String(name));
  return {
    ...Object.fromEntries(shared.map((name) => [name, server[name]])),
    IsDuplicityVersion: native('boolean', () => false),
    RegisterCommand: {
      fn: (runtime, name, reference) => commands.set(String(name).toLowerCase(), { runtime, reference }),
    },
    GetConvar: native('any', (_, name, fallback) => replicated(name) ?? String(fallback ?? '')),
    GetConvarInt: native('int', (_, name, fallback) => {
      const number = Number.parseInt(replicated(name), 10);
      return Number.isNaN(number) ? Number(fallback) || 0 : number;
    }),
    PlayerId: native('int', () => 128),
    PlayerPedId: native('int', () => player.ped),
    GetPlayerPed: native('int', (_, id) => (id === -1 || id === 128 ? player.ped : 0)),
    GetPlayerServerId: native('int', () => player.source),
    GetPlayerName: native('any', () => player.name),
    NetworkIsPlayerActive: native('boolean', () => true),
    NetworkIsSessionStarted: native('boolean', () => true),
    DoesEntityExist: native('boolean', (_, id) => mine(id)),
    GetEntityCoords: native('vector3', (_, id) => (mine(id) ? [player.x, player.y, player.z] : [0, 0, 0])),
    GetEntityHeading: native('float', (_, id) => (mine(id) ? player.heading : 0)),
    GetEntityModel: native('int', (_, id) =>
      id === player.vehicle ? player.vehicleModel : signedHashKey('mp_m_freemode_01'),
    ),
    IsPedInAnyVehicle: native('boolean', (_, ped) => ped === player.ped && player.vehicle !== 0),
    GetVehiclePedIsIn: native('int', (_, ped) => (ped === player.ped ? player.vehicle : 0)),
    GetDisplayNameFromVehicleModel: native('any', (_, hash) => world.vehicleName(hash)),
    GetVehicleClass: native('int', (_, id) => (id === player.vehicle ? world.vehicleClass(player.vehicleModel) : 0)),
    // A BOOL of the game: 1, or false.
    IsVehicleSirenOn: native('any', (_, id) => (id === player.vehicle && player.siren ? 1 : false)),
    GetVehicleNumberPlateText: native('any', () => `UNIT ${String(player.source).padStart(3, '0')}`),
    GetStreetNameAtCoord: native('ints', (_, x, y) =>
      world.streetsAt(x, y).map((name) => (name ? signedHashKey(name) : 0)),
    ),
    GetStreetNameFromHashKey: native('any', (_, hash) => world.streetName(hash)),
    GetNameOfZone: native('any', (_, x, y) => world.zoneAt(x, y)),
    GetLabelText: native('any', (_, key) => world.label(String(key))),
  };
}

module.exports = { serverNatives, clientNatives };
