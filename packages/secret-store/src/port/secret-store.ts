import type { SecretFolder, SecretPath } from './paths.ts'

/** A JSON object, as Vault's KV v2 keeps it. */
export type SecretValue = Readonly<Record<string, unknown>>

/** The longest value, in bytes of its JSON: 1 MiB, Vault's limit for an entry. */
export const maxSecretBytes = 1_048_576

export interface StoredSecret {
  readonly value: SecretValue
  /** Counts the writes of this path from 1; serves the compare-and-set and nothing else. */
  readonly version: number
}

/**
 * The role of a store that the forwarder sees. Every method rejects with a {@link StoreError}, or with the CodedError
 * `STORE_NEWER` if a later release has taken the store over.
 */
export interface SecretReader {
  /** The newest version, or undefined where the path has definitely never been written or was purged. */
  get(path: SecretPath): Promise<StoredSecret | undefined>
  /** Resolves if the store answers now; for health checks. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Where accounts and secrets are kept: compare-and-set on every write, so that no write is ever lost or done over. */
export interface SecretStore extends SecretReader {
  /** Whether the path holds a secret, without reading it. */
  exists(path: SecretPath): Promise<boolean>
  /**
   * Writes if the path is at `expectedVersion` (0: it does not exist) and returns the new version. Rejects with
   * `conflict` if it is not, with `too-large` if the value is over {@link maxSecretBytes} or what the store takes, with
   * `refused` if the store says definitely that it does not write this, with `not-writable` if its disk takes no
   * writes, with `unavailable` if it isn't known whether the write was done.
   */
  put(path: SecretPath, value: SecretValue, expectedVersion: number): Promise<number>
  /**
   * When the newest version was written, in milliseconds since 1970 on the store's clock; undefined where there is
   * none.
   */
  writtenAt(path: SecretPath): Promise<number | undefined>
  /** The names directly below a folder, in no particular order; a folder below ends with "/". */
  list(folder: SecretFolder): Promise<readonly string[]>
  /** Removes all versions. Only for what is written once: a purged path begins at version 1 again. May be missing. */
  purge(path: SecretPath): Promise<void>
}

export type StoreErrorReason =
  | 'conflict'
  | 'unavailable'
  | 'refused'
  | 'not-writable'
  | 'forbidden'
  | 'damaged'
  | 'deleted'
  | 'too-large'

/** Carries no value, no token and no address that holds one. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly reason: StoreErrorReason

  constructor(reason: StoreErrorReason, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.reason = reason
  }
}

/** True for a {@link StoreError}, of one reason if given; by shape, because Jest's VM breaks `instanceof`. */
export function isStoreError(error: unknown, reason?: StoreErrorReason): error is StoreError {
  if (!(error instanceof Error) || error.name !== 'StoreError' || !('reason' in error)) return false
  return reason === undefined || error.reason === reason
}
