import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { withCommandPages } from '../src/docs/command-pages.ts'

const page = readFileSync(new URL('../../../docs/admin.md', import.meta.url), 'utf8')

describe('docs/admin.md', () => {
  it('has the help of every command as it is: npm run docs -w packages/admin writes it', () => {
    expect(page).toBe(withCommandPages(page))
  })
})
