'use strict';

const msgpack = require('msgpack-lite');

// The codec for what the host itself packs: events of the server, what clients send, arguments of commands. Functions
// do not travel this way.
const codec = msgpack.createCodec({ uint8array: true, preset: false });

// Three numbers of a vector3 and its like come as an array.
for (const size of [2, 3, 4]) {
  codec.addExtUnpacker(18 + size, (data) => {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
  });
}
codec.addExtUnpacker(10, (data) => ({ functionReference: Buffer.from(data).toString('latin1') }));
codec.addExtUnpacker(11, (data) => ({ functionReference: Buffer.from(data).toString('latin1') }));

module.exports = {
  pack: (value) => msgpack.encode(value, { codec }),
  unpack: (bytes) => msgpack.decode(bytes, { codec }),
};
