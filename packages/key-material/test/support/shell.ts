import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const hasKeytool = spawnSync('keytool', ['-help']).status === 0

/**
 * Runs the lines of a fix as a user would, one after the other; each prompt gets the same password (in a session
 * without terminal, OpenSSL and keytool read it from standard input). Answers the files that `results` names.
 *
 * @throws Error if a line fails
 */
export function runFix(
  fix: string | undefined,
  files: Readonly<Record<string, string | Buffer>>,
  results: readonly string[],
  password = 'correct horse',
): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), 'key-material-fix-'))
  try {
    for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents)
    for (const line of fix?.split('\n') ?? []) {
      const input = `${password}\n`.repeat(4)
      const { status, stderr } = spawnSync('setsid', ['-w', 'sh', '-c', line], { cwd: folder, input, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${line}: ${stderr}`)
    }
    return results.map((name) => readFileSync(join(folder, name)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
