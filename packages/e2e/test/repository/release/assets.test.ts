import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { makeAssets } from '../../../../../infra/release/assets.ts'
import { root } from '../../support/entries.ts'

const build = { commit: '0123456789ab', time: '2027-01-01T00:00:00.000Z' }
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'release-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

it('the files of a release are the same bytes when they are made again, and have checksums', () => {
  const [first, second] = ['first', 'second'].map((name) => join(directory, name)) as [string, string]
  for (const each of [first, second]) makeAssets(root, each, build)
  const names = readdirSync(first)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(names.sort()).toEqual([
    'SHA256SUMS',
    ...['cli', 'config-api', 'console', 'forwarder-api'].map((app) => `${app}.cdx.json`),
    ...['cli', 'client', 'contract', 'domain', 'request-signing'].map((name) => `mtls-gateway-${name}-${version}.tgz`),
  ])
  for (const name of names) {
    expect({ name, same: readFileSync(join(first, name)).equals(readFileSync(join(second, name))) }).toEqual({
      name,
      same: true,
    })
  }
  const check = () => execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: first, encoding: 'utf8' })
  expect(check().match(/: OK$/gm)).toHaveLength(names.length - 1)
})
