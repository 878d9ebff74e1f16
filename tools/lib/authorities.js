'use strict';

// authorities.js FILE: writes the certificate authorities that the resource brings for machines that have none: Mozilla's
// list, as the Node.js that runs this carries it. The build runs the pinned Node of tests/fxhost, so the same commit
// gives the same bytes.
// authorities.js --check FILE: fails unless FILE is such a list.

const { X509Certificate } = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

const AT_LEAST = 100; // Mozilla's list has about 140

function check(file) {
  const blocks = fs.readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) || [];
  if (blocks.length < AT_LEAST) throw new Error(`${file} has ${blocks.length} certificates; a list has at least ${AT_LEAST}.`);
  for (const block of blocks) {
    const certificate = new X509Certificate(block);
    if (!certificate.ca) throw new Error(`${file}: ${certificate.subject} is no authority.`);
  }
  console.log(`${file}: ${blocks.length} authorities`);
}

function write(file) {
  const head = `# Certificate authorities that Mozilla trusts, as in Node.js ${process.versions.node}; licence: MPL 2.0.\n`
    + '# Used where the machine has none of its own; sonoran_bridge_ca_bundle names another file.\n';
  fs.writeFileSync(file, `${head}${tls.rootCertificates.join('\n')}\n`);
}

const [first, second] = process.argv.slice(2);
try {
  if (first === '--check' && second) check(second);
  else if (first && !second) write(first);
  else throw new Error('authorities.js takes a file, or --check and a file.');
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
