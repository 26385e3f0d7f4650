import type { CipherChaCha20Poly1305Types, CipherGCMTypes } from 'node:crypto'

/** How records are encrypted. */
export interface CipherSuite {
  readonly hash: 'sha256' | 'sha384'
  readonly cipher: CipherGCMTypes | CipherChaCha20Poly1305Types
  readonly keyBytes: number
}

const aes128: CipherSuite = { hash: 'sha256', cipher: 'aes-128-gcm', keyBytes: 16 }
const aes256: CipherSuite = { hash: 'sha384', cipher: 'aes-256-gcm', keyBytes: 32 }
const chaCha20: CipherSuite = { hash: 'sha256', cipher: 'chacha20-poly1305', keyBytes: 32 }

/** RFC 8446 appendix B.4; Node offers no others. */
export const tls13Suites: ReadonlyMap<number, CipherSuite> = new Map([
  [0x1301, aes128],
  [0x1302, aes256],
  [0x1303, chaCha20],
])
