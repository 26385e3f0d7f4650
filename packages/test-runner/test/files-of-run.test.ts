import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from '@jest/globals'

const source = JSON.stringify(join(import.meta.dirname, '../src/files-of-run.ts'))
const script = `
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { keepFilesOfRun } from ${source}
keepFilesOfRun()
mkdirSync(tmpdir() + '/left')
writeFileSync(tmpdir() + '/left/file', '')
console.log(tmpdir(), (statSync(tmpdir()).mode & 0o777).toString(8))
`

it('keeps files where other users can be let in, and takes along what was left there', () => {
  const words = ['--input-type=module', '-e', script]
  const env = { PATH: process.env.PATH, TMPDIR: import.meta.dirname }
  const [folder = '', mode] = execFileSync(process.execPath, words, { env, encoding: 'utf8' }).trim().split(' ')
  expect(dirname(folder)).toBe(import.meta.dirname)
  expect(mode).toBe('755')
  expect(existsSync(folder)).toBe(false)
})
