import type { TestKeyType } from '@mtls-gateway/test-kit'
import { exportPkcs12 } from '../support/openssl.ts'
import { type Cell, identityOf } from './cell.ts'

type Expected = Pick<Cell, 'readBy' | 'mac' | 'cipher' | 'java'>

const modern: Expected = { readBy: 'pkijs', mac: 'HMAC-SHA-256', cipher: 'AES-256-CBC', java: true }
const legacy: Expected = { readBy: 'node-forge', mac: 'HMAC-SHA-1', cipher: 'RC2-40-CBC, 3DES-CBC', java: true }

function cell(keyType: TestKeyType, args: string, expected: Expected): Cell {
  return {
    ...expected,
    name: `openssl pkcs12 -export ${args} (${keyType})`,
    password: 'correct horse',
    async make(identities) {
      const identity = identityOf(identities, keyType)
      const words = args.split(' ').filter((word) => word !== '')
      return {
        bytes: await exportPkcs12(identity, 'correct horse', words),
        fingerprint: identity.fingerprintSha256,
      }
    },
  }
}

const keyTypes: readonly TestKeyType[] = ['RSA-2048', 'EC-P256', 'EC-P384', 'EC-P521', 'Ed25519']

/** The defaults of OpenSSL 3 and of OpenSSL 1, and each algorithm that it offers. */
export const opensslCells: readonly Cell[] = [
  ...keyTypes.map((type) => cell(type, '', modern)),
  ...keyTypes.map((type) => cell(type, '-legacy', legacy)),
  cell('EC-P256', '-certpbe AES-128-CBC -keypbe AES-128-CBC', { ...modern, cipher: 'AES-128-CBC' }),
  cell('EC-P256', '-certpbe AES-192-CBC -keypbe AES-192-CBC', { ...modern, cipher: 'AES-192-CBC', java: false }),
  cell('EC-P256', '-certpbe camellia-256-cbc', { ...modern, cipher: 'Camellia-256-CBC, AES-256-CBC', java: false }),
  cell('EC-P256', '-keypbe aria-128-cbc', { ...modern, cipher: 'AES-256-CBC, ARIA-128-CBC', java: false }),
  cell('EC-P256', '-keypbe des-ede3-cbc', { ...modern, cipher: 'AES-256-CBC, 3DES-CBC', java: false }),
  cell('EC-P256', '-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1', {
    ...modern,
    mac: 'HMAC-SHA-1',
    cipher: '3DES-CBC',
  }),
  cell('EC-P256', '-certpbe PBE-SHA1-2DES', { ...modern, cipher: '3DES-2-CBC, AES-256-CBC', java: false }),
  cell('EC-P256', '-legacy -certpbe PBE-SHA1-RC2-128', { ...legacy, cipher: 'RC2-128-CBC, 3DES-CBC' }),
  cell('RSA-2048', '-legacy -certpbe PBE-SHA1-RC4-128 -keypbe PBE-SHA1-RC4-40', {
    ...legacy,
    readBy: 'pkijs',
    cipher: 'RC4-128, RC4-40',
  }),
  cell('EC-P256', '-legacy -certpbe PBE-MD5-DES', { ...legacy, cipher: 'DES-CBC, 3DES-CBC' }),
  cell('EC-P256', '-legacy -keypbe PBE-SHA1-DES', { ...legacy, cipher: 'RC2-40-CBC, DES-CBC', java: false }),
  cell('EC-P256', '-legacy -keypbe PBE-SHA1-RC2-64', { ...legacy, cipher: 'RC2-40-CBC, RC2-64-CBC', java: false }),
  cell('EC-P256', '-legacy -certpbe rc2-cbc', { ...legacy, cipher: 'RC2-128-CBC, 3DES-CBC', java: false }),
  cell('EC-P256', '-macalg sha1', { ...modern, mac: 'HMAC-SHA-1' }),
  cell('EC-P256', '-macalg sha384', { ...modern, mac: 'HMAC-SHA-384' }),
  cell('EC-P256', '-macalg sha512', { ...modern, mac: 'HMAC-SHA-512' }),
  cell('EC-P256', '-macalg sha3-256', { ...modern, mac: 'HMAC-SHA3-256', java: false }),
  cell('EC-P256', '-macalg md5', { ...modern, mac: 'HMAC-MD5', java: false }),
  cell('EC-P256', '-iter 1 -maciter', modern),
  cell('EC-P256', '-nomac', { ...modern, mac: null }),
  cell('EC-P256', '-certpbe NONE', modern),
  cell('EC-P256', '-keypbe NONE', { ...modern, java: false }),
]
