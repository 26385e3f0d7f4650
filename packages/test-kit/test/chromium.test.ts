import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { findChromium } from '../src/index.ts'

describe('a Chromium', () => {
  const path = process.env.PATH
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chromium-'))
    process.env.PATH = folder
  })

  afterEach(() => {
    process.env.PATH = path
    rmSync(folder, { recursive: true })
  })

  const install = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }

  it('is found on the PATH', () => {
    expect(findChromium()).toBeUndefined()
    install('chromium-browser', 'exit 0')
    expect(findChromium()).toBe(join(folder, 'chromium-browser'))
  })

  it('is none that only says where to get one', () => {
    install('chromium-browser', 'exit 1')
    expect(findChromium()).toBeUndefined()
  })
})
