import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { scenes, setUp, start } from '../../../../../infra/recording/scenes.ts'
import { root } from '../../support/entries.ts'

const picture = readFileSync(join(root, 'docs/pictures/first-minutes.svg'), 'utf8')
/** What its commands continue over several lines is one. */
const readme = readFileSync(join(root, 'README.md'), 'utf8').replaceAll(/\\\n */g, '')
const commands = [start, ...scenes].flatMap((scene) => scene.commands.map(({ command }) => command))

describe('the recording in README.md', () => {
  it('shows commands of README.md, which other tests hold against the code', () => {
    expect(readme).toContain('docs/pictures/first-minutes.svg')
    expect([setUp, ...commands].filter((command) => !readme.includes(command))).toEqual([])
  })

  it('is that of the scenes that there are: npm run recording', () => {
    const described = /<desc[^>]*>\n(.*?)\n<\/desc>/s.exec(picture)?.[1]?.split('\n')
    expect(described?.map((line) => line.replaceAll('&gt;', '>'))).toEqual(commands)
  })

  it('is small, and has neither scripts nor anything from elsewhere', () => {
    expect(picture.length).toBeLessThan(200_000)
    expect(picture).not.toMatch(/<script|<image|<use|href=|url\(|@import|\bon\w+=/i)
  })
})
