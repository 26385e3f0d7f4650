import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './error-text.ts'
import type { AppKey } from './onboarding.ts'

/** What one start of the demo leaves to the next, so that urls and logins still work: `demo-kept.json` in the data directory. */
export interface KeptDemo {
  readonly targetPort: number
  readonly appKey: AppKey
}

const keptPath = (dataDir: string) => join(dataDir, 'demo-kept.json')

/** Undefined at the first start. */
export async function readKeptDemo(dataDir: string): Promise<KeptDemo | undefined> {
  try {
    return JSON.parse(await readFile(keptPath(dataDir), 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Only its owner can read the file. */
export async function writeKeptDemo(dataDir: string, kept: KeptDemo): Promise<void> {
  await writeFile(keptPath(dataDir), `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
}

/** Wherever the data directory is: git does not offer what is in it for a commit. */
export async function hideFromGit(dataDir: string): Promise<void> {
  await writeFile(join(dataDir, '.gitignore'), '*\n')
}
