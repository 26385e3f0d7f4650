import { readFile } from 'node:fs/promises'
import { IssuerError } from '../issuer-error.ts'

/** A secret of an issuer. It is read anew each time, so that one which was rotated is taken up. */
export class SecretFile {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** White space around it does not count. @throws IssuerError `ISSUER_FORBIDDEN` */
  async read(): Promise<string> {
    const secret = await readFile(this.#path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      const message = `The file ${this.#path} with a secret of the issuer cannot be read: ${cause.code}.`
      throw new IssuerError('ISSUER_FORBIDDEN', message, { cause })
    })
    return secret.trim()
  }
}
