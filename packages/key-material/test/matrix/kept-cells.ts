import { keptFile, keptFingerprints } from '../support/kept-files.ts'
import type { Cell } from './cell.ts'

function cell(file: string, expected: Pick<Cell, 'mac' | 'cipher'> & { readonly readBy?: Cell['readBy'] }): Cell {
  return {
    readBy: 'pkijs',
    java: true,
    ...expected,
    name: `kept ${file}`,
    password: 'secret',
    make: async () => ({
      bytes: keptFile(file),
      fingerprint: keptFingerprints[file.endsWith('rsa') ? 'rsa' : 'ec'],
    }),
  }
}

/** Files from tools that few machines have; some are BER with indefinite lengths. */
export const keptCells: readonly Cell[] = [
  cell('bouncycastle-default-ec', { readBy: 'node-forge', mac: 'HMAC-SHA-1', cipher: 'RC2-40-CBC, 3DES-CBC' }),
  cell('bouncycastle-aes-rsa', { mac: 'HMAC-SHA-1', cipher: 'AES-128-CBC, AES-256-CBC' }),
  cell('gnutls-default-ec', { mac: 'HMAC-SHA-256', cipher: 'AES-128-CBC' }),
  cell('nss-default-ec', { mac: 'HMAC-SHA-256', cipher: 'AES-128-CBC, AES-256-CBC' }),
]
