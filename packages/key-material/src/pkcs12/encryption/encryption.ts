import type { Library } from './ciphers.ts'
import type { PasswordForms } from './password-forms.ts'

/** How one part of a file is encrypted; reading it costs nothing, decrypting costs its iterations. */
export interface Encryption {
  /** `AES-256-CBC`, or the object identifier of what is not known. */
  readonly cipher: string
  /** `HMAC-SHA-256`; the hash of PBES1; null where the key derivation has no choice. */
  readonly prf: string | null
  readonly scheme: 'PBES1' | 'PBES2' | 'PBES2-scrypt' | 'PKCS12' | 'unknown'
  /** As the file says it; can be any integer. */
  readonly iterations: bigint
  readonly saltBytes: number
  /** Whose cipher decrypts it; undefined: nobody's here. */
  readonly library: Library | undefined
  /**
   * The contents by each form of the password that gives valid padding: a wrong password gives none, but for one in
   * 256. Not to be called before the iterations have been weighed.
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
