import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from './repository.ts'
import { mustRun } from './run-tool.ts'

/** Installs what a requirements.txt names, by its hashes and once; the folder for PYTHONPATH. */
export async function pythonPackages(requirements: string): Promise<string> {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const folder = join(cacheFolder, `python-${version}`)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.tmp`
  await rm(unfinished, { recursive: true, force: true })
  const quiet = ['--quiet', '--disable-pip-version-check']
  const pinned = ['--no-deps', '--only-binary=:all:', '--require-hashes', '-r', requirements]
  await mustRun('python3', ['-m', 'pip', 'install', ...quiet, ...pinned, '--target', unfinished])
  await rename(unfinished, folder)
  return folder
}
