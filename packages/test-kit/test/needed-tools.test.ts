import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { commandFor, missingTools, unlessMissing, withTools } from '../src/needed-tools.ts'

const { PATH, CI } = process.env
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'needed-tools-'))
  process.env.PATH = folder
  delete process.env.CI
})

afterEach(() => {
  process.env.PATH = PATH
  if (CI !== undefined) process.env.CI = CI
  rmSync(folder, { recursive: true })
})

function install(...names: readonly string[]): void {
  for (const name of names) {
    writeFileSync(join(folder, name), '')
    chmodSync(join(folder, name), 0o755)
  }
}

describe('a tool', () => {
  it('is missing until each of its commands is on the PATH', () => {
    expect(missingTools('redis-server', 'nginx')).toEqual(['redis-server', 'nginx'])
    install('redis-server')
    expect(missingTools('redis-server', 'nginx')).toEqual(['redis-server', 'nginx'])
    install('redis-cli', 'nginx')
    expect(missingTools('redis-server', 'nginx')).toEqual([])
  })

  it('comes by one command, however many are missing, and what is no tool by none', () => {
    expect(commandFor(['OpenBao', 'nginx', 'Vault 1.14', 'Go 1.21', 'npm registry'])).toBe(
      'apt-get install --no-install-recommends nginx-light golang-go python3-pip && npm run openbao:fetch && npm run vault-dev:build',
    )
    expect(commandFor(['Mermaid'])).toBe('node infra/mermaid/fetch.mjs')
    expect(commandFor(['npm registry'])).toBeUndefined()
  })
})

describe('tests that need a tool', () => {
  /** What Jest would be told: kind, name and rows. */
  let told: unknown[]
  const tell = (kind: string) =>
    Object.assign((name: string, _body: () => void) => void told.push([kind, name]), {
      each: (rows: readonly never[]) => (name: string, _body: () => void) => void told.push([kind, name, rows]),
    })
  const block = Object.assign(tell('run'), { skip: tell('skip') })

  beforeEach(() => {
    told = []
  })

  it('run where it is', () => {
    install('nginx')
    withTools(block, 'nginx')('a target', () => {})
    expect(told).toEqual([['run', 'a target']])
  })

  it('are skipped where it is not, by a name that says so', () => {
    withTools(block, 'nginx', 'wrk')('a load', () => {})
    const rows: never[] = []
    unlessMissing(block, ['npm registry']).each(rows)('image %s', () => {})
    expect(told).toEqual([
      ['skip', 'a load [needs nginx, wrk]'],
      ['skip', 'image %s [needs npm registry]', rows],
    ])
  })

  it('fail in CI where it is not, with the command that brings it', () => {
    process.env.CI = 'true'
    expect(() => withTools(block, 'nginx')).toThrow(
      'This machine lacks nginx, and in CI no test is skipped for that. Run: apt-get install --no-install-recommends nginx-light',
    )
    expect(told).toEqual([])
  })
})

it('Go counts only if it is new enough, and Python only with its library', () => {
  const asked = join(folder, 'asked')
  for (const [name, code] of [
    ['go', 1],
    ['python3', 0],
  ] as const) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "$0" "$@" >> ${asked}\nexit ${code}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  expect(missingTools('Go 1.21', 'requests for Python')).toEqual(['Go 1.21'])
  expect(readFileSync(asked, 'utf8').replaceAll(`${folder}/`, '')).toBe('go list slices\npython3 -c import requests\n')
})
