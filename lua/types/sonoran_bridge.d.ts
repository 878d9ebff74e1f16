// Types for editors (TypeScript, or JavaScript with `// @ts-check`) of exports.sonoran_bridge, for TypeScript and JavaScript:
//
//   import type { SonoranBridge } from '../sonoran_bridge/lua/types/sonoran_bridge';
//   const bridge: SonoranBridge = exports.sonoran_bridge;
//
// Not loaded by the game server.

import type { SonoranEvent, SonoranEventData, SonoranEventOf, SonoranEventSource, SonoranEventType, SonoranOtherEvent } from './events';
import type { SonoranOperation, SonoranOperations } from './operations';

export type { SonoranEvent, SonoranEventData, SonoranEventOf, SonoranEventType, SonoranOperation, SonoranOperations, SonoranOtherEvent };

/** A player's server id; or a community user id, written { unit: id } if it may be digits alone. */
export type SonoranUnit = number | string | { readonly unit: string };

export type SonoranStatusName = 'UNAVAILABLE' | 'BUSY' | 'AVAILABLE' | 'ENROUTE' | 'ON_SCENE' | 'OFFLINE';

/** The value of an export that has nothing to return: an empty table, which is an empty array in JavaScript. */
export type SonoranNothing = readonly [];

/** true and the value, or false and a message. The array itself is always truthy. */
export type SonoranResult<Value = SonoranNothing> = readonly [true, Value] | readonly [false, string];

export interface SonoranError {
  kind: 'invalid_argument' | 'unauthorized' | 'not_found' | 'rejected' | 'rate_limited' | 'unavailable'
    | 'timeout' | 'outcome_unknown' | 'cancelled' | 'queue_full' | 'shutting_down' | 'answer_dropped'
    | 'out_of_memory' | 'internal';
  title: string;
  /** The message: one sentence. */
  detail: string;
  /** The CAD's own id of the failure. */
  traceId?: string;
  /** Seconds after which to try again, if known. */
  retryAfter_s?: number;
}

export interface SonoranAnswer {
  ok: boolean;
  /** HTTP status; 0 without an answer. */
  status: number;
  /** The answer of another request with the same content was used, which was under way or had just been answered. */
  deduplicated: boolean;
  /** The value of the CAD's JSON; a text when the answer is not JSON or nests deeper than 64, or with `raw`; absent when it is empty. */
  body?: unknown;
  /** With `raw`: `body` is JSON that nests at most 64 deep. */
  json?: boolean;
  /** Present when `ok` is false. */
  error?: SonoranError;
}

/** Called exactly once: with the CAD's answer, the refusal, or `shutting_down`. */
export type SonoranCallback = (answer: SonoranAnswer) => void;

/** How it is with the CAD. `hub`: '' where the CAD's hub is not used. */
export interface SonoranState {
  readonly state: 'starting' | 'running' | 'unauthorized' | 'server_unknown' | 'unavailable' | 'stopping' | 'failed' | 'stopped';
  readonly reason: string;
  readonly hub: 'up' | 'down' | '';
}

export interface SonoranCallOptions {
  /** Milliseconds after which the call is answered in any case: a whole number from 100 to 600000; default 30000. */
  deadline_ms?: number;
  /** uploadBodycamRecording: base64 of the recording's bytes, instead of `file`. */
  attachment?: string;
  /** The answer's body stays text. */
  raw?: boolean;
}

export type SonoranVehicleKind = 'foot' | 'police' | 'fire' | 'ems' | 'car' | 'motorcycle' | 'bicycle' | 'boat' | 'plane' | 'helicopter';

/** A position with any other field is refused. */
export interface SonoranPosition {
  unit: SonoranUnit;
  /** Metres. */
  x: number;
  y: number;
  z: number;
  /** Degrees. */
  heading?: number;
  /** At most 160 bytes; absent: unchanged. */
  location?: string;
  /** At most 64 bytes; absent: unchanged. */
  peer?: string;
  /** The game's name of the model, or the address of a 3D file for the map; at most 256 bytes; '': on foot; absent: unchanged. */
  vehicle?: string;
  /** Decides about the vehicle's model on the map (docs/map.md); absent: unchanged. */
  kind?: SonoranVehicleKind;
  /** Whether the siren is on; absent: unchanged. */
  siren?: boolean;
}

/** With `raw`: `data` is a text, as the CAD sent it. */
export interface SonoranRawEvent {
  readonly type: string;
  readonly source: SonoranEventSource;
  readonly data: string;
  /** It is JSON that nests at most 64 deep and is at most 64 KiB long. */
  readonly json: boolean;
}

export interface SonoranBridge {
  /**
   * Raises or clears a unit's panic. An ON always reaches the CAD. `wait_s`: seconds that it waits because the panic
   * budget is spent or the player is being looked up; absent: it does not wait; false: until the CAD answers, or the
   * bridge has started.
   */
  setPanic(unit: SonoranUnit, on: boolean,
    callback?: SonoranCallback): SonoranResult<{ readonly wait_s?: number | false }>;

  /** Sets a unit's status, a whole number from 0 to 1000 or a name; the last one wins. */
  setStatus(unit: SonoranUnit, status: number | SonoranStatusName, callback?: SonoranCallback): SonoranResult;

  /** Sends the newest positions of units that are not players, or that the tracker does not read: one, or a list without holes. */
  pushPositions(positions: SonoranPosition | readonly SonoranPosition[]): SonoranResult<{ readonly taken: number }>;

  /** Forgets a unit's position at once. */
  removeUnit(unit: SonoranUnit): SonoranResult;

  /**
   * Shows a text of at most 160 bytes on the map as a unit's place, instead of the street and the postal; null: no longer. It
   * ends when the player leaves, or your resource stops.
   */
  setLocation(unit: SonoranUnit, text: string | null): SonoranResult;

  /** Marks a player as on duty: their position is sent from now on; false removes the mark. */
  setOnDuty(player: number, on: boolean): SonoranResult;

  /** Sets who a player is in the CAD; null: as their identifiers say. */
  setCommunityUserId(player: number, id: string | null): SonoranResult;

  /** Who a player is in the CAD. */
  getCommunityUserId(player: number): SonoranResult<string>;

  /** Calls an operation of the CAD; gives the number of the call, for cancel(). */
  call<Name extends SonoranOperation>(operation: Name, args?: SonoranOperations[Name] | string | null,
    callback?: SonoranCallback | null, options?: SonoranCallOptions): SonoranResult<number>;

  /** Cancels a call; its callback gets the kind `cancelled`. The CAD may still carry out a call that was already sent. */
  cancel(call: number): SonoranResult;

  /**
   * Calls a function with each event of the CAD, for as long as both resources run. Gives the number of the listener, for
   * off(). `type` in upper or lower case; '*': all of them.
   */
  on<Type extends SonoranEventType>(type: Type, fn: (event: SonoranEventOf<Type>) => void): SonoranResult<number>;
  on(type: '*', fn: (event: SonoranEvent) => void): SonoranResult<number>;
  on(type: string, fn: (event: SonoranOtherEvent) => void): SonoranResult<number>;
  on(type: string, fn: (event: SonoranRawEvent) => void, options: { readonly raw: true }): SonoranResult<number>;

  /** Ends a listener of one's own. */
  off(listener: number): SonoranResult;

  /** Calls a function at once with how it is with the CAD, and at each change. At most 16 functions of one resource. */
  onState(fn: (now: SonoranState) => void): SonoranResult;

  /** true; or false and a message. Compare with true: the array of a refusal is truthy. */
  isReady(): true | readonly [false, string];

  /** State, budgets and counters; docs/stats.md describes them. */
  status(): { readonly state: string; readonly reason?: string; readonly [name: string]: unknown };
}
