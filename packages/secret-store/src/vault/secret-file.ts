import { readFile } from 'node:fs/promises'
import { StoreError } from '../port/secret-store.ts'
import type { SecretSource } from './options.ts'

/** The content of a file, read anew each time; white space around it does not count. */
export function secretFromFile(path: string): SecretSource {
  return async () => {
    try {
      return (await readFile(path, 'utf8')).trim()
    } catch (error) {
      // From node:fs: it has a code.
      const { code } = error as NodeJS.ErrnoException
      throw new StoreError('unavailable', `The file ${path} with the credential for Vault can't be read: ${code}.`)
    }
  }
}
