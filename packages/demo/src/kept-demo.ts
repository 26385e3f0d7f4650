import { join } from 'node:path'
import type { AppKey } from './onboarding.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

/**
 * What one start of the demo leaves to the next, so that urls and logins still work: `demo-kept.json` in the data
 * directory.
 */
export interface KeptDemo {
  readonly targetPort: number
  readonly appKey: AppKey
}

const keptPath = (dataDir: string) => join(dataDir, 'demo-kept.json')

/** Undefined at the first start. */
export async function readKeptDemo(dataDir: string): Promise<KeptDemo | undefined> {
  const text = await readPrivateFile(keptPath(dataDir))
  return text === undefined ? undefined : JSON.parse(text)
}

/** Only its owner can read the file, and a demo that is killed here leaves the one before. */
export async function writeKeptDemo(dataDir: string, kept: KeptDemo): Promise<void> {
  await writePrivateFile(keptPath(dataDir), `${JSON.stringify(kept, null, 2)}\n`)
}
