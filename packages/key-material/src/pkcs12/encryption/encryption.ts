import type { Library } from './ciphers.ts'
import type { PasswordForms } from './password-forms.ts'

/** How a part of a file is encrypted. Reading it is cheap; decrypting takes its iterations. */
export interface Encryption {
  /** `AES-256-CBC`, or the object identifier of an unknown cipher. */
  readonly cipher: string
  /** `HMAC-SHA-256`; the hash of PBES1; null if the key derivation has no choice. */
  readonly prf: string | null
  readonly scheme: 'PBES1' | 'PBES2' | 'PBES2-scrypt' | 'PKCS12' | 'unknown'
  /** From the file, so it can be any integer. */
  readonly iterations: bigint
  readonly saltBytes: number
  /** The library whose cipher decrypts it; undefined if there is none here. */
  readonly library: Library | undefined
  /**
   * The contents for each form of the password that gives valid padding. A wrong password gives none, except for one in
   * 256. Don't call it before the iterations have been counted.
   */
  decrypt(password: PasswordForms, data: Buffer): Generator<Buffer>
}

export function unknownEncryption(
  cipher: string,
  known: Partial<Pick<Encryption, 'prf' | 'iterations'>> = {},
): Encryption {
  const { prf = null, iterations = 0n } = known
  return { cipher, prf, scheme: 'unknown', iterations, saltBytes: 0, library: undefined, *decrypt() {} }
}
