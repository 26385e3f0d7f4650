import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where docker-compose.yml mounts its volumes, one folder for each of those who read them. */
const { LOCAL_DIR = '/local' } = process.env

export const localPath = (...names: readonly string[]): string => join(LOCAL_DIR, ...names)

export const readLocal = (...names: readonly string[]): Promise<string> => readFile(localPath(...names), 'utf8')

/**
 * Whole or not at all. Readable by every user: who reads it runs under another one, and sees only the volumes that are
 * its own; root's own alone with `mode` 0o400.
 */
export async function writeLocal(content: string | Uint8Array, names: readonly string[], mode = 0o444): Promise<void> {
  const path = localPath(...names)
  await writeFile(`${path}.unfinished`, content, { mode })
  await rename(`${path}.unfinished`, path)
}
