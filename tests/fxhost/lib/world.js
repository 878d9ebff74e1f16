'use strict';

const { signedHashKey } = require('./hash');

// Names of places. Invented, but stable: a grid of streets 120 m apart, zones of 900 m.
const STREETS = [
  'Vespucci Blvd',
  'Alta St',
  'Strawberry Ave',
  'Innocence Blvd',
  'Elgin Ave',
  'Power St',
  'San Andreas Ave',
  "Adam's Apple Blvd",
  'Peaceful St',
  'Carson Ave',
  'Macdonald St',
  'Davis Ave',
  'Grove St',
  'Forum Dr',
  'Hawick Ave',
  'Clinton Ave',
  'Mirror Park Blvd',
  'Nikola Ave',
  'Vinewood Blvd',
  'Spanish Ave',
];
const ZONES = {
  DOWNT: 'Downtown',
  STRAW: 'Strawberry',
  DAVIS: 'Davis',
  PBOX: 'Pillbox Hill',
  TEXTI: 'Textile City',
  LMESA: 'La Mesa',
  MIRR: 'Mirror Park',
  VINE: 'Vinewood',
  ROCKF: 'Rockford Hills',
  VESP: 'Vespucci',
};
const VEHICLES = ['POLICE', 'POLICE2', 'AMBULAN', 'FIRETRUK', 'SULTAN', 'BUFFALO', 'SHERIFF', 'RIOT'];
// The game's classes of vehicles; the others here are sports cars.
const CLASSES = {
  BATI: 8, BMX: 13, DINGHY: 14, MAVERICK: 15, LUXOR: 16,
  POLICE: 18, POLICE2: 18, AMBULAN: 18, FIRETRUK: 18, SHERIFF: 18, RIOT: 18,
};
const SPORTS = 6;

const streetByHash = new Map(STREETS.map((name) => [signedHashKey(name), name]));
const vehicleByHash = new Map([...new Set([...VEHICLES, ...Object.keys(CLASSES)])].map((name) => [signedHashKey(name), name]));
const zoneNames = Object.keys(ZONES);
const index = (value, size) => ((Math.floor(value) % size) + size) % size;

// The street under a point, and the one that crosses it near by ('' when none does).
function streetsAt(x, y) {
  const along = STREETS[index(y / 120, STREETS.length)];
  const near = Math.abs(x / 120 - Math.round(x / 120)) < 0.2;
  return [along, near ? STREETS[index(Math.round(x / 120) + 7, STREETS.length)] : ''];
}

const zoneAt = (x, y) => zoneNames[index(x / 900 + 3 * Math.floor(y / 900), zoneNames.length)];

module.exports = {
  STREETS,
  VEHICLES,
  streetsAt,
  zoneAt,
  streetName: (hash) => streetByHash.get(hash | 0) || '',
  vehicleName: (hash) => vehicleByHash.get(hash | 0) || 'CARNOTFOUND',
  vehicleClass: (hash) => CLASSES[vehicleByHash.get(hash | 0)] ?? SPORTS,
  label: (key) => ZONES[key] || 'NULL',
};
