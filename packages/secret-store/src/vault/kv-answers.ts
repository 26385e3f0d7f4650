import type { StoredSecret } from '../port/secret-store.ts'
import { fieldsOf, VaultFailure } from './vault-failure.ts'

/** @throws VaultFailure `unknown` if this is not a KV version 2 engine's answer to a read; so for the others below */
export function secretOf(answer: unknown): StoredSecret {
  const { data, metadata } = fieldsOf(answer)
  const { version } = fieldsOf(metadata)
  if (!isObject(data) || !isVersion(version)) throw unknownAnswer()
  return { value: data, version }
}

export interface NewestVersion {
  /** Neither deleted nor destroyed; a deletion that is planned has a time ahead. */
  readonly isPresent: boolean
  /** Milliseconds since 1970. */
  readonly writtenAt: number
}

/** From a path's metadata; undefined where no version was ever written. */
export function newestVersionOf(answer: unknown): NewestVersion | undefined {
  const { current_version, versions } = fieldsOf(answer)
  if (typeof current_version !== 'number' || !isObject(versions)) throw unknownAnswer()
  if (current_version === 0) return undefined
  const { created_time, deletion_time, destroyed } = fieldsOf(versions[current_version])
  const writtenAt = Date.parse(String(created_time))
  if (Number.isNaN(writtenAt) || typeof deletion_time !== 'string' || typeof destroyed !== 'boolean') {
    throw unknownAnswer()
  }
  const isDeleted = deletion_time !== '' && Date.parse(deletion_time) <= Date.now()
  return { isPresent: !destroyed && !isDeleted, writtenAt }
}

export function namesOf(answer: unknown): readonly string[] {
  const { keys } = fieldsOf(answer)
  if (!Array.isArray(keys) || !keys.every((name) => typeof name === 'string')) throw unknownAnswer()
  return keys
}

/** The body of an answer to a write. */
export function writtenVersion(body: unknown): number {
  const { version } = fieldsOf(fieldsOf(body).data)
  if (!isVersion(version)) throw unknownAnswer()
  return version
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownAnswer(): VaultFailure {
  return new VaultFailure('unknown', 'The answer is not one of a KV version 2 engine of Vault.')
}
