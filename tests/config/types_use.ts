// How a script in TypeScript uses every export, and what the types must refuse. Compiled by the test types_compile, never
// run; tests/fxhost/fixtures/js_author is checked with the same types and does run.
import type {
  SonoranAnswer, SonoranBridge, SonoranOperation, SonoranResult,
} from '../../lua/types/sonoran_bridge';

declare const bridge: SonoranBridge;

// Two values: the message where the first is false, the value where it is true.
const asked = bridge.call('getTemplates');
if (asked[0]) {
  const number: number = asked[1];
  const cancelled: SonoranResult = bridge.cancel(number);
  if (!cancelled[0]) console.log(cancelled[1].toUpperCase());
} else {
  const message: string = asked[1];
  console.log(message);
}
bridge.call('deleteCharacter', { characterId: 7 }, (answer: SonoranAnswer) => {
  if (answer.ok) return answer.body;
  const kind: string = answer.error?.kind ?? 'none';
  const wait: number = answer.error?.retryAfter_s ?? 0;
  return [kind, wait, answer.deduplicated ? 'joined' : answer.status];
}, { deadline_ms: 5000 });
bridge.call('addCharacterLink', { syncId: 'x', ofTheFuture: true });
bridge.call('addCharacterLink', '{"syncId":"x"}', null, { raw: true });
bridge.call('uploadBodycamRecording', { durationMs: 1000, accountUuid: 'a' }, undefined, { attachment: 'AAAA' });
bridge.call('kickUnit', { body: [{ communityUserId: 'a', reason: 'off duty' }, { communityUserId: 'b', reason: 'off duty' }] });
bridge.call('kickUnit', { communityUserId: 'a', reason: 'off duty' });
const name: SonoranOperation = 'setUnitPanic';
bridge.call(name);

const pressed = bridge.setPanic(7, true, (answer) => console.log(answer.ok, answer.error?.detail));
if (pressed[0]) {
  const wait: number | false | undefined = pressed[1].wait_s;
  console.log(wait);
}
bridge.setPanic('license:ab12', false);
const [set, message] = bridge.setStatus(7, 'ENROUTE', () => {});
console.log(set ? 'set' : message);
bridge.setStatus('license:ab12', 3);
const pushed = bridge.pushPositions([
  { unit: 'drone-1', x: 1, y: 2, z: 3, heading: 90, location: 'Roof', peer: 'p', vehicle: '' },
  { unit: 7, x: 1, y: 2, z: 3 },
  { unit: { unit: '7' }, x: 1, y: 2, z: 3 },
]);
console.log(pushed[0] ? pushed[1].taken + 1 : pushed[1].length);
bridge.pushPositions({ unit: 'drone-1', x: 1, y: 2, z: 3 });
bridge.pushPositions({ unit: 'drone-1', x: 1, y: 2, z: 3, vehicle: 'MAVERICK', kind: 'helicopter', siren: false });
bridge.removeUnit('drone-1');
bridge.setLocation(7, 'Training ground');
bridge.setLocation('drone-1', null);
bridge.setOnDuty(7, true);
bridge.setCommunityUserId(7, 'license:ab12');
bridge.setCommunityUserId(7, null);
const known = bridge.getCommunityUserId(7);
console.log(known[0] ? known[1].length : known[1]);
bridge.onState((now) => console.log(now.state === 'running', now.reason.length, now.hub === 'up'));
const ready = bridge.isReady();
if (ready !== true) console.log(ready[1]);
console.log(bridge.status().state, bridge.status().reason ?? '', bridge.status()['anything']);

const listening = bridge.on('EVENT_UNIT_PANIC', (event) => {
  if (typeof event.data !== 'string') console.log(event.data.isPanic, event.data.identIds?.length, event.source === 'bridge');
});
if (listening[0]) bridge.off(listening[1]);
bridge.on('*', (event) => {
  if (event.type === 'EVENT_911' && typeof event.data === 'object') console.log(event.data.call.caller);
});
bridge.on('EVENT_OF_THE_FUTURE', (event) => console.log(event.data));
bridge.on('*', (event) => console.log(event.json ? JSON.parse(event.data) : event.data), { raw: true });
// @ts-expect-error: data may be a text
bridge.on('EVENT_UNIT_PANIC', (event) => console.log(event.data.isPanic));
// @ts-expect-error: a 911 call has no such field
bridge.on('EVENT_911', (event) => console.log(typeof event.data === 'object' && event.data.status));
// @ts-expect-error: a listener is a number
bridge.off('EVENT_911');

// @ts-expect-error: no such operation
bridge.call('deleteEverything');
// @ts-expect-error: a number it is
bridge.call('deleteCharacter', { characterId: '7' });
// @ts-expect-error: the game's MessagePack takes no bigint
bridge.call('deleteCharacter', { characterId: 7n });
// @ts-expect-error: required
bridge.call('addCharacterLink', {});
// @ts-expect-error: an operation without arguments
bridge.call('getTemplates', { limit: 5 });
// @ts-expect-error: neither a reason nor a whole body
bridge.call('kickUnit', { communityUserId: 'a' });
// @ts-expect-error: a body is a table or a list of them
bridge.call('kickUnit', { body: 'reason' });
// @ts-expect-error: no such option
bridge.call('getTemplates', undefined, undefined, { deadline: 5000 });
// @ts-expect-error: base64 as a text
bridge.call('uploadBodycamRecording', { durationMs: 1 }, undefined, { attachment: new Uint8Array(4) });
// @ts-expect-error: no such kind of error
export const unknown = (answer: SonoranAnswer) => answer.error?.kind === 'oops';
// @ts-expect-error: a refusal is an array, which is never false
export const never = bridge.call('getTemplates') === false;
// @ts-expect-error: whether it is a number is not known yet
bridge.cancel(bridge.call('getTemplates')[1]);
// @ts-expect-error: a unit that is named as a table has a text
bridge.setPanic({ unit: 17 }, true);
// @ts-expect-error: on or off
bridge.setPanic(7);
// @ts-expect-error: no such status
bridge.setStatus(7, 'SLEEPING');
// @ts-expect-error: no such kind of vehicle
bridge.pushPositions({ unit: 'drone-1', x: 1, y: 2, z: 3, kind: 'tank' });
// @ts-expect-error: a text or null
bridge.setLocation('drone-1', 7);
// @ts-expect-error: a position has three coordinates
bridge.pushPositions([{ unit: 'drone-1', x: 1, y: 2 }]);
// @ts-expect-error: no such field
bridge.pushPositions([{ unit: 'drone-1', x: 1, y: 2, z: 3, speed: 4 }]);
// @ts-expect-error: a player is a number
bridge.setOnDuty('license:ab12', true);
// @ts-expect-error: true, or why not
bridge.isReady()[1];
