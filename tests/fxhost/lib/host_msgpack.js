'use strict';

const msgpack = require('msgpack-lite');

// A reference to a function, as a value that is packed.
class FunctionReference {
  constructor(text) {
    this.text = text;
  }
}

// The codec for what the host itself packs: events of the server, what clients send, arguments of commands.
const codec = msgpack.createCodec({ uint8array: true, preset: false });

// Three numbers of a vector3 and its like come as an array.
for (const size of [2, 3, 4]) {
  codec.addExtUnpacker(18 + size, (data) => {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
  });
}
codec.addExtPacker(10, FunctionReference, (reference) => Buffer.from(reference.text, 'latin1'));
codec.addExtUnpacker(10, (data) => ({ functionReference: Buffer.from(data).toString('latin1') }));
codec.addExtUnpacker(11, (data) => ({ functionReference: Buffer.from(data).toString('latin1') }));

module.exports = {
  FunctionReference,
  pack: (value) => msgpack.encode(value, { codec }),
  unpack: (bytes) => msgpack.decode(bytes, { codec }),
};
