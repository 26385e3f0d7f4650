import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface JavaQuestion {
  readonly bytes: Uint8Array
  readonly password: string | undefined
}

const program = fileURLToPath(new URL('./JavaKeyStore.java', import.meta.url))

/** The feature version of the JDK on the PATH, 0 if there is none: a bare JRE can't run the program. */
export const javaVersion = Number(
  /javac (\d+)/.exec(spawnSync('javac', ['-version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0,
)

/** Asks a real Java KeyStore about all files in one start. Returns "ok" or the error for each file. */
export async function askJava(questions: readonly JavaQuestion[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'key-material-java-'))
  try {
    const lines = questions.map(async ({ bytes, password = '' }, index) => {
      const path = join(folder, `${index}.p12`)
      await writeFile(path, bytes)
      return `${path} ${Buffer.from(password).toString('base64')}`
    })
    const input = `${(await Promise.all(lines)).join('\n')}\n`
    const { stdout, stderr, status } = spawnSync('java', [program], { input, encoding: 'utf8' })
    if (status !== 0) throw new Error(`java failed: ${stderr}`)
    return stdout.trim().split('\n').slice(1)
  } finally {
    await rm(folder, { recursive: true })
  }
}
