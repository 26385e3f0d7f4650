import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { withCommandPages } from '../src/docs/command-pages.ts'

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')

describe('docs/cli.md', () => {
  it('has the help of every command as it is: npm run docs -w apps/cli writes it', () => {
    expect(page).toBe(withCommandPages(page))
  })

  it('keeps what is written by hand', () => {
    const shortened = page.replace(/(<!-- commands -->).*(<!-- \/commands -->)/s, '$1$2')
    expect(shortened).not.toBe(page)
    expect(withCommandPages(shortened)).toBe(page)
  })
})
