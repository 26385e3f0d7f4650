import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { root } from '../support/entries.ts'

type WriteCommit = (root: string, options: readonly string[], environment: Readonly<Record<string, string>>) => void

/** Plain JavaScript, as all that builds. */
const { writeCommit }: { writeCommit: WriteCommit } = await import(join(root, 'infra/build-commit.mjs'))

let checkout: string

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'checkout-'))
  for (const app of ['cli', 'console']) mkdirSync(join(checkout, 'apps', app, 'dist'), { recursive: true })
  writeFileSync(join(checkout, '.gitignore'), 'dist/\n')
})
afterEach(() => rmSync(checkout, { recursive: true }))

const fileOf = (app: string) => join(checkout, 'apps', app, 'dist/commit')
const commitIn = (app: string) => readFileSync(fileOf(app), 'utf8')

function git(...words: readonly string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...identity, ...words], { cwd: checkout, encoding: 'utf8' }).trim()
}

function commitAll(): string {
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'all')
  return git('rev-parse', 'HEAD').slice(0, 12)
}

const itWithGit = withTools(it, 'git')

itWithGit('a build says beside each app of which commit it is, and whether there were other changes', () => {
  const commit = commitAll()
  writeCommit(checkout, [], {})
  expect([commitIn('cli'), commitIn('console')]).toEqual([`${commit}\n`, `${commit}\n`])
  writeFileSync(join(checkout, '.gitignore'), 'dist/\nother/\n')
  writeCommit(checkout, [], {})
  expect(commitIn('cli')).toBe(`${commit}-dirty\n`)
})

itWithGit('a build of one app says nothing of the others', () => {
  commitAll()
  writeCommit(checkout, ['--continue', '--filter=@mtls-gateway/cli'], {})
  expect([existsSync(fileOf('cli')), existsSync(fileOf('console'))]).toEqual([true, false])
})

it('a build without a repository takes the commit that it is told, or none', () => {
  writeCommit(checkout, [], { BUILD_COMMIT: '0123456789ab' })
  expect(commitIn('cli')).toBe('0123456789ab\n')
  for (const environment of [{}, { BUILD_COMMIT: '' }, { BUILD_COMMIT: 'two\nlines' }]) {
    writeCommit(checkout, [], environment)
    expect(commitIn('cli')).toBe('unknown\n')
  }
})

it('the commit is no input of what turbo builds, so another one builds nothing anew', () => {
  const { tasks } = JSON.parse(readFileSync(join(root, 'turbo.json'), 'utf8'))
  expect(tasks.build.inputs.length).toBeGreaterThan(3)
  expect(JSON.stringify(tasks.build)).not.toMatch(/commit|\.git\b/i)
})
