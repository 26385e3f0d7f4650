import { fileURLToPath } from 'node:url'

/** A script under `test/fixtures`, to be run as a process. */
export function fixture(name: 'listening-service' | 'refusing-service' | 'mortal-service' | 'token'): string {
  return fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))
}
