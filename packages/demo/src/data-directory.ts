import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isLocked, lockExclusively } from '@mtls-gateway/coordination'
import { readDemoFile } from './demo-file.ts'
import { errorCode } from './error-text.ts'
import { StepFailure } from './step-failure.ts'

/**
 * Makes the data directory this demo's own until it is released, or this process ends, however it ends.
 * @throws StepFailure if another demo is running with it; that one's files are as they were
 */
export async function takeDataDirectory(dataDir: string): Promise<{ release(): void }> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  try {
    const lock = lockExclusively(join(dataDir, 'demo.lock'), 0)
    await hideFromGit(dataDir)
    return lock
  } catch (error) {
    if (!isLocked(error)) throw error
    const running = await readDemoFile(dataDir)
    const where = running === undefined ? '' : ` (its console is at ${running.console})`
    throw new StepFailure(
      `A demo is running with the data directory ${dataDir}${where}. Stop it first, or start this one with a directory of its own: DATA_DIR=.data/second npm start`,
    )
  }
}

/**
 * Wherever the data directory is: git does not offer what is in it for a commit. A `.gitignore` that is there is the
 * user's own.
 */
async function hideFromGit(dataDir: string): Promise<void> {
  try {
    await writeFile(join(dataDir, '.gitignore'), '*\n', { flag: 'wx' })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}
