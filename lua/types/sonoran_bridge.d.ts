// Types for editors (TypeScript, or JavaScript with `// @ts-check`) of exports.sonoran_bridge, as JavaScript sees it:
//
//   import type { SonoranBridge } from '../sonoran_bridge/lua/types/sonoran_bridge';
//   const bridge: SonoranBridge = exports.sonoran_bridge;
//
// Not loaded by the game server.

import type { SonoranOperation, SonoranOperations } from './operations';

export type { SonoranOperation, SonoranOperations };

/** A player's server id; or a community user id, as { unit: id } where it may be digits alone. */
export type SonoranUnit = number | string | { readonly unit: string };

export type SonoranStatusName = 'UNAVAILABLE' | 'BUSY' | 'AVAILABLE' | 'ENROUTE' | 'ON_SCENE' | 'OFFLINE';

/** What an export gives where there is nothing to say: an empty table, which is an empty array in JavaScript. */
export type SonoranNothing = readonly [];

/** true and the value, or false and a message why not. The array itself is always truthy. */
export type SonoranResult<Value = SonoranNothing> = readonly [true, Value] | readonly [false, string];

export interface SonoranError {
  kind: 'invalid_argument' | 'unauthorized' | 'not_found' | 'rejected' | 'rate_limited' | 'unavailable'
    | 'timeout' | 'outcome_unknown' | 'cancelled' | 'queue_full' | 'shutting_down' | 'answer_dropped'
    | 'out_of_memory' | 'internal';
  title: string;
  /** A message of one sentence. */
  detail: string;
  /** The CAD's own id of the failure. */
  traceId?: string;
  /** Seconds after which to try again, where it is known. */
  retryAfter_s?: number;
}

export interface SonoranAnswer {
  ok: boolean;
  /** HTTP status; 0 when nothing was answered. */
  status: number;
  /** No request of its own was needed: one that says the same was under way, or had just been answered. */
  deduplicated: boolean;
  /** What the CAD's JSON says; a text when the answer is no JSON or nests deeper than 64, or with `raw`; absent when it is empty. */
  body?: unknown;
  /** With `raw`: `body` is JSON that nests at most 64 deep. */
  json?: boolean;
  /** Present when `ok` is false. */
  error?: SonoranError;
}

/** Called once, whatever happens: with the CAD's answer, the refusal, or `shutting_down`. */
export type SonoranCallback = (answer: SonoranAnswer) => void;

export interface SonoranCallOptions {
  /** Milliseconds after which the call is answered in any case: a whole number from 100 to 600000; 30000 when absent. */
  deadline_ms?: number;
  /** uploadBodycamRecording: base64 of the recording's bytes, instead of `file`. */
  attachment?: string;
  /** The answer's body stays a text. */
  raw?: boolean;
}

/** Exactly these fields; a position with another is refused. */
export interface SonoranPosition {
  unit: SonoranUnit;
  /** Metres. */
  x: number;
  y: number;
  z: number;
  /** Degrees. */
  heading?: number;
  /** At most 160 bytes; absent: as before. */
  location?: string;
  /** At most 64 bytes; absent: as before. */
  peer?: string;
  /** At most 64 bytes; '': on foot; absent: as before. */
  vehicle?: string;
}

export interface SonoranBridge {
  /**
   * Raises or clears a unit's panic. An ON always reaches the CAD. `wait_s`: for how many seconds it waits because the
   * panic budget is spent or it is being asked who the player is; absent: not at all; false: until the CAD answers, or
   * the bridge has started.
   */
  setPanic(unit: SonoranUnit, on: boolean,
    callback?: SonoranCallback): SonoranResult<{ readonly wait_s?: number | false }>;

  /** Sets a unit's status, a whole number from 0 to 1000 or a name; the last one wins. */
  setStatus(unit: SonoranUnit, status: number | SonoranStatusName, callback?: SonoranCallback): SonoranResult;

  /** Newest positions of units that are no players, or that no tracker reads: one, or a list without holes. */
  pushPositions(positions: SonoranPosition | readonly SonoranPosition[]): SonoranResult<{ readonly taken: number }>;

  /** Forgets a unit's position at once. */
  removeUnit(unit: SonoranUnit): SonoranResult;

  /** Marks a player as on duty: their position is sent from now on; false takes the mark away. */
  setOnDuty(player: number, on: boolean): SonoranResult;

  /** Says who a player is in the CAD; null: as their identifiers say. */
  setCommunityUserId(player: number, id: string | null): SonoranResult;

  /** Who a player is in the CAD. */
  getCommunityUserId(player: number): SonoranResult<string>;

  /** Calls an operation of the CAD; gives the number of the call, for cancel(). */
  call<Name extends SonoranOperation>(operation: Name, args?: SonoranOperations[Name] | string | null,
    callback?: SonoranCallback | null, options?: SonoranCallOptions): SonoranResult<number>;

  /** Gives a call up; its callback is answered with `cancelled`. The CAD may carry out what has left already. */
  cancel(call: number): SonoranResult;

  /** true; or false and why not. Compare with true: the array of a refusal is truthy. */
  isReady(): true | readonly [false, string];

  /** State, budgets and counters; docs/stats.md describes them. */
  status(): { readonly state: string; readonly reason?: string; readonly [name: string]: unknown };
}
