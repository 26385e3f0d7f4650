import type { PasswordForms } from './password-forms.ts'

/** How one part of a file is encrypted; reading it costs nothing, decrypting costs its iterations. */
export interface Encryption {
  /** `AES-256-CBC`, or the object identifier of what is not known. */
  readonly cipher: string
  /** `HMAC-SHA-256`; null where the key derivation has none. */
  readonly prf: string | null
  readonly scheme: 'PBES1' | 'PBES2' | 'PBES2-scrypt' | 'PKCS12' | 'unknown'
  /** As the file says it; can be any integer. */
  readonly iterations: bigint
  /** Whose cipher decrypts it; undefined: nobody's here. */
  readonly library: 'node:crypto' | 'node-forge' | undefined
  /**
   * The contents by each form of the password that gives valid padding: a wrong password gives none, but for one in 256.
   * Not to be called before the iterations have been weighed.
   */
  decrypt(password: PasswordForms, data: Buffer): Generator<Buffer>
}

export function unknownEncryption(cipher: string, prf: string | null = null, iterations = 0n): Encryption {
  return { cipher, prf, scheme: 'unknown', iterations, library: undefined, *decrypt() {} }
}
