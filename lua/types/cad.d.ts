// Types for editors (TypeScript, or JavaScript with `// @ts-check`) of CAD, which js/cad.js brings:
//
//   /// <reference path="../sonoran_bridge/lua/types/cad.d.ts" />
//
// Not loaded by the game server.

import type { SonoranCallOptions, SonoranError, SonoranUnit } from './sonoran_bridge';
import type { SonoranEvent, SonoranEventOf, SonoranEventType, SonoranOtherEvent } from './events';
import type { SonoranOperation, SonoranOperations } from './operations';

/** What a call rejects with. `message` is `detail`. */
export interface SonoranCadError extends Error, SonoranError {
  name: string;
  operation: SonoranOperation;
  /** HTTP status; 0 when nothing was answered. */
  status: number;
}

/** Resolves to the answer's body: what its JSON says, or a text; undefined when it is empty. */
export type SonoranCadOperations = {
  readonly [Name in SonoranOperation]: (args?: SonoranOperations[Name] | string, options?: Omit<SonoranCallOptions, 'raw'>) => Promise<unknown>;
};

export interface SonoranCad extends SonoranCadOperations {
  readonly Error: new (...args: never[]) => SonoranCadError;

  /**
   * Calls a function with each event of the type from now on, also when the bridge starts later, or anew. Gives a handle for
   * off(). Throws an Error where the bridge refuses it.
   */
  on<Type extends SonoranEventType>(type: Type, fn: (event: SonoranEventOf<Type>) => void): number;
  on(type: '*', fn: (event: SonoranEvent) => void): number;
  on(type: string, fn: (event: SonoranOtherEvent) => void): number;

  /** false: on() gave no such handle, or it is off already. */
  off(handle: number): boolean;

  /**
   * Shows a text of at most 160 bytes on the map as a unit's place, instead of the street and the postal; null: no longer.
   * Throws an Error where the bridge is not there or refuses it.
   */
  setLocation(unit: SonoranUnit, text: string | null): void;

  /** Resolves once the bridge is started and its settings are good. */
  ready(): Promise<void>;

  /** Gives a call up, by the promise that it gave. false: it has its answer already. */
  cancel(call: Promise<unknown>): boolean;
}

declare global {
  const CAD: SonoranCad;
}
