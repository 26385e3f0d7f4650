import { spawnSync } from 'node:child_process'
import { keptFile, keptFingerprints } from '../support/kept-files.ts'
import { type Cell, identityOf } from './cell.ts'

const hasCryptography =
  spawnSync('python3', ['-c', 'from cryptography.hazmat.primitives.serialization.pkcs12 import PBES']).status === 0
if (!hasCryptography) console.warn('NO cryptography FOR PYTHON ON THIS MACHINE: its cells are read from kept files.')

/** Reads PEM (key, certificate) on standard input and writes the file to standard output. */
const program = (encryption: string) => `
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import *
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates
pem = sys.stdin.buffer.read()
builder = PrivateFormat.PKCS12.encryption_builder()
sys.stdout.buffer.write(serialize_key_and_certificates(
    b"client", load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem), None, ${encryption}))
`

function cell(
  kind: 'default' | '3des' | 'sha512',
  key: 'rsa' | 'ec',
  encryption: string,
  expected: Pick<Cell, 'mac' | 'cipher'>,
): Cell {
  return {
    ...expected,
    readBy: 'pkijs',
    java: true,
    name: `cryptography (Python) ${kind} (${key})`,
    password: 'secret',
    async make(identities) {
      if (!hasCryptography) return { bytes: keptFile(`python-${kind}-${key}`), fingerprint: keptFingerprints[key] }
      const identity = identityOf(identities, key === 'rsa' ? 'RSA-2048' : 'EC-P256')
      const input = identity.privateKey + identity.certificate
      const { stdout, stderr } = spawnSync('python3', ['-c', program(encryption)], { input })
      if (stdout.length === 0) throw new Error(stderr.toString())
      return { bytes: stdout, fingerprint: identity.fingerprintSha256 }
    },
  }
}

export const pythonCells: readonly Cell[] = [
  cell('default', 'ec', 'BestAvailableEncryption(b"secret")', { mac: 'HMAC-SHA-256', cipher: 'AES-256-CBC' }),
  cell(
    '3des',
    'rsa',
    'builder.key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1()).build(b"secret")',
    { mac: 'HMAC-SHA-1', cipher: '3DES-CBC' },
  ),
  cell(
    'sha512',
    'ec',
    'builder.key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA512()).build(b"secret")',
    { mac: 'HMAC-SHA-512', cipher: 'AES-256-CBC' },
  ),
]
