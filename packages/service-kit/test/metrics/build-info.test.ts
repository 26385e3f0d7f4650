import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { buildInfo } from '../../src/index.ts'

let app: string

beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), 'app-'))
  mkdirSync(join(app, 'dist'))
  writeFileSync(join(app, 'package.json'), '{"version":"1.2.3"}')
})
afterEach(() => rmSync(app, { recursive: true }))

it('what was built says its version, and the commit that lies beside it', () => {
  writeFileSync(join(app, 'dist/commit'), '0123456789ab\n')
  expect(buildInfo(join(app, 'dist'))).toEqual({ version: '1.2.3', commit: '0123456789ab' })
})

it('of a build that was told no commit it is unknown', () => {
  expect(buildInfo(join(app, 'dist'))).toEqual({ version: '1.2.3', commit: 'unknown' })
  writeFileSync(join(app, 'dist/commit'), '\n')
  expect(buildInfo(join(app, 'dist')).commit).toBe('unknown')
})
