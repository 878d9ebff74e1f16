// How a script in TypeScript uses the types, and what they must refuse. Compiled by the test types_compile, never run.
import type { SonoranAnswer, SonoranBridge, SonoranOperation } from '../../lua/types/sonoran_bridge';

declare const bridge: SonoranBridge;

const call: number | false = bridge.call('getTemplates');
if (call !== false) bridge.cancel(call);
bridge.call('deleteCharacter', { characterId: 7 }, (answer: SonoranAnswer) => {
  if (answer.ok) return answer.body;
  const kind: string = answer.error?.kind ?? 'none';
  const wait: number = answer.error?.retryAfter_s ?? 0;
  return [kind, wait];
}, { deadline_ms: 5000 });
bridge.call('addCharacterLink', { syncId: 'x', ofTheFuture: true });
bridge.call('addCharacterLink', '{"syncId":"x"}');
const name: SonoranOperation = 'setUnitPanic';
bridge.call(name);

// @ts-expect-error: no such operation
bridge.call('deleteEverything');
// @ts-expect-error: a number it is
bridge.call('deleteCharacter', { characterId: '7' });
// @ts-expect-error: required
bridge.call('addCharacterLink', {});
// @ts-expect-error: an operation without arguments
bridge.call('getTemplates', { limit: 5 });
// @ts-expect-error: no such kind of error
export const unknown = (answer: SonoranAnswer) => answer.error?.kind === 'oops';
