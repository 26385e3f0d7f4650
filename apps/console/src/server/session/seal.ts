import { CompactEncrypt, compactDecrypt } from 'jose'
import type { z } from 'zod'
import type { SealingKey } from './session-keys.ts'

/** Values of one kind as text that only this service and its other instances can read or make (JWE). */
export class Seal<T> {
  readonly #keys: readonly [SealingKey, ...SealingKey[]]
  readonly #schema: z.ZodType<T>

  constructor(keys: readonly [SealingKey, ...SealingKey[]], schema: z.ZodType<T>) {
    this.#keys = keys
    this.#schema = schema
  }

  close(value: T): Promise<string> {
    const [{ id, key }] = this.#keys
    return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: id })
      .encrypt(key)
  }

  /** Undefined for whatever this service has not sealed, or with a key that it has no more. */
  async open(text: string): Promise<T | undefined> {
    try {
      const { plaintext } = await compactDecrypt(text, ({ kid }) => this.#keyOf(kid), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return this.#schema.parse(JSON.parse(new TextDecoder().decode(plaintext)))
    } catch {
      return undefined
    }
  }

  #keyOf(id: string | undefined): Uint8Array {
    const found = this.#keys.find((each) => each.id === id)
    if (found === undefined) throw new Error('an unknown key')
    return found.key
  }
}
