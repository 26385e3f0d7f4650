import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { publishedReleases } from '../../faults/upgrade/published-releases.ts'
import { root } from '../support/entries.ts'

const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
const [newest = '', ...older] = [...changelog.matchAll(/^## (\d\S*) - /gm)].map(([, version = '']) => version)
/** The newest is still being made as long as nothing is changed after it: its commit is not there yet. */
const isPublished = globSync('changes/*.md', { cwd: root }).length > 0

describe('the releases from which upgrades are tried', () => {
  it('are those of the changelog', () => {
    const known = publishedReleases.map(({ version }) => version).toReversed()
    const expected = isPublished || known.includes(newest) ? [newest, ...older] : older
    expect(known).toEqual(expected)
  })

  it.each(publishedReleases)(
    'have data that they stored, in files and in Vault, with what it takes to use it: $version',
    ({ data }) => {
      const files = ['README.md', 'facts.json', 'secrets.db', 'secrets.head', 'runtime.db', 'master.key', 'vault.json']
      const missing = files.filter((file) => !existsSync(join(root, 'packages/e2e/test/fixtures', data, file)))
      expect(missing).toEqual([])
    },
  )
})
