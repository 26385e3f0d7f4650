import type { KeyObject } from 'node:crypto'
import { deriveKey } from '../encryption/master-key.ts'

/** Each is derived from the master key, for one purpose only. */
export interface HeadKeys {
  /** Marks rows. */
  readonly rows: KeyObject
  /** Seals the head in the database. */
  readonly head: KeyObject
  /** Authenticates the file, and what an operator may accept. */
  readonly file: KeyObject
}

export function headKeys(masterKey: KeyObject): HeadKeys {
  const derived = (purpose: string) => deriveKey(masterKey, `mtls-gateway/embedded-store/${purpose}`)
  return { rows: derived('rows'), head: derived('head'), file: derived('file') }
}
