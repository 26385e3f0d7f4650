import { randomBytes } from 'node:crypto'
import { CodedError } from '@mtls-gateway/domain'
import {
  appKeyMacsPath,
  isStoreError,
  type SecretReader,
  type SecretStore,
  type StoredSecret,
} from '@mtls-gateway/secret-store'
import { checkFormat } from '../format/stored-format.ts'
import { coded, codedStoreFailure, storeUnavailable } from '../store-failure.ts'

/** A key of the whole deployment by which app keys are told from invented ones. */
export interface MacKeyRecord {
  /** 1 to 255; app keys name it. */
  readonly number: number
  readonly key: Uint8Array
}

interface MacKeys {
  readonly all: readonly MacKeyRecord[]
  /** The one to make app keys with. */
  readonly newest: MacKeyRecord
}

const keyBytes = 32
const maxNumber = 255

/**
 * The newest last; empty where no app key has been made yet.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export function readMacKeys(store: SecretReader): Promise<readonly MacKeyRecord[]> {
  return coded(store.get(appKeyMacsPath).then(parse))
}

/**
 * As {@link readMacKeys}, and makes the first where there is none. If several processes do so at once, one of them
 * writes and all get what it wrote.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export async function readOrMakeMacKeys(store: SecretStore): Promise<MacKeys> {
  let all = await readMacKeys(store)
  if (all.length === 0) {
    await makeFirst(store)
    all = await readMacKeys(store)
  }
  const newest = all.at(-1)
  if (newest === undefined) throw storeUnavailable(new Error(`what was written at ${appKeyMacsPath} is not there`))
  return { all, newest }
}

/** Or finds that another process has. */
async function makeFirst(store: SecretStore): Promise<void> {
  const first = { number: 1, key: randomBytes(keyBytes).toString('base64') }
  try {
    await store.put(appKeyMacsPath, { keys: [first] }, 0)
  } catch (error) {
    if (!isStoreError(error, 'conflict')) throw codedStoreFailure(error)
  }
}

function parse(stored: StoredSecret | undefined): readonly MacKeyRecord[] {
  if (stored === undefined) return []
  checkFormat(stored.value, `What is stored at ${appKeyMacsPath}`)
  const { keys } = stored.value
  if (!Array.isArray(keys) || keys.length === 0) throw damaged()
  return keys.map(parseKey)
}

function parseKey(value: unknown): MacKeyRecord {
  const { number, key } = Object(value)
  const bytes = Buffer.from(typeof key === 'string' ? key : '', 'base64')
  const isNumber = Number.isInteger(number) && number >= 1 && number <= maxNumber
  if (!isNumber || bytes.length < keyBytes) throw damaged()
  return { number, key: bytes }
}

function damaged(): CodedError {
  return new CodedError(
    'STORE_DAMAGED',
    `What is stored at ${appKeyMacsPath}, the keys that app keys are checked by, cannot be used: restore it.`,
  )
}
