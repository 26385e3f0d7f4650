import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { issuerKey } from '../src/auth/key-files.ts'

it('the key of the embedded issuer is made in a data directory that is not there yet, and is the same from then on', () => {
  const directory = mkdtempSync(join(tmpdir(), 'issuer-key-'))
  const dataDir = join(directory, '.data')
  const key = issuerKey(dataDir)
  expect(issuerKey(dataDir)).toEqual(key)
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  rmSync(directory, { recursive: true })
})
