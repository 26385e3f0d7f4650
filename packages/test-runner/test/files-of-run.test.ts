import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from '@jest/globals'

const root = join(import.meta.dirname, '../../..')
const env = { PATH: process.env.PATH, TMPDIR: import.meta.dirname }
const words = (script: string) => ['--input-type=module', '-e', script]

it('keeps files where other users can be let in, and takes along what was left there', () => {
  const script = `
    import { mkdirSync, statSync, writeFileSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { keepFilesOfRun } from '${root}/packages/test-runner/src/files-of-run.ts'
    keepFilesOfRun()
    mkdirSync(tmpdir() + '/left')
    writeFileSync(tmpdir() + '/left/file', '')
    console.log(tmpdir(), (statSync(tmpdir()).mode & 0o777).toString(8))`
  const said = execFileSync(process.execPath, words(script), { env, encoding: 'utf8' })
  const [folder = '', mode] = said.trim().split(' ')
  expect(dirname(folder)).toBe(import.meta.dirname)
  expect(mode).toBe('755')
  expect(existsSync(folder)).toBe(false)
})

it('takes them along when a run of Jest is interrupted', async () => {
  const script = `
    import { tmpdir } from 'node:os'
    import '${root}/jest.config.base.js'
    console.log(tmpdir())
    setInterval(() => {}, 1_000)`
  const run = spawn(process.execPath, words(script), { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [said]: unknown[] = await once(run.stdout, 'data')
  const folder = String(said).trim()
  expect(existsSync(folder)).toBe(true)
  run.kill('SIGINT')
  expect(await once(run, 'exit')).toEqual([130, null])
  expect(existsSync(folder)).toBe(false)
})
