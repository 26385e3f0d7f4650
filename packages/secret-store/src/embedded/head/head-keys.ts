import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

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
  const derived = (purpose: string) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', `mtls-gateway/embedded-store/${purpose}`, 32)))
  return { rows: derived('rows'), head: derived('head'), file: derived('file') }
}
