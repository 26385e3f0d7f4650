import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { kindOf, release } from '../../../../../infra/release/changelog.ts'
import { root } from '../../support/entries.ts'

describe('the fragments of the changelog', () => {
  it('are named for what they change, and have only list entries of one line', () => {
    for (const path of globSync('changes/*', { cwd: root })) {
      expect({ path, kind: kindOf(path) }).toEqual({ path, kind: expect.any(String) })
      expect(readFileSync(join(root, path), 'utf8')).toMatch(/^(- .+\n)+$/)
    }
  })

  it('go under the version that is released, with what was in the changelog', () => {
    const directory = mkdtempSync(join(tmpdir(), 'changelog-'))
    const file = join(directory, 'CHANGELOG.md')
    writeFileSync(
      file,
      '# Changelog\n\n## Unreleased\n\n### Added\n\n- a\n\n### Fixed\n\n- b\n\n## 0.1.0 - 2026-01-01\n',
    )
    mkdirSync(join(directory, 'changes'))
    writeFileSync(join(directory, 'changes/fixed-c.md'), '- c\n- d\n')
    release(directory, '0.2.0', '2026-02-01')
    const sections = '### Added\n\n- a\n\n### Fixed\n\n- b\n- c\n- d\n'
    expect(readFileSync(file, 'utf8')).toBe(
      `# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-02-01\n\n${sections}\n## 0.1.0 - 2026-01-01\n`,
    )
    expect(readdirSync(join(directory, 'changes'))).toEqual([])
    rmSync(directory, { recursive: true })
  })
})
