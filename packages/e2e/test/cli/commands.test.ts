import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'

/** As `npx mtls` runs it. */
function mtls(...args: readonly string[]): string {
  const env = { PATH: `${root}node_modules/.bin:${process.env.PATH}` }
  return execFileSync('mtls', args, { encoding: 'utf8', env })
}

interface DocumentedCommand {
  readonly words: readonly string[]
  readonly help: string
}

/** Every command that does something: those of a group are its subcommands. */
function commandsOf(...group: readonly string[]): readonly DocumentedCommand[] {
  const help = mtls(...group, '--help')
  const [, list = ''] = /^Commands:\n([\s\S]*?)\n(?:\n|$)/m.exec(help) ?? []
  const names = [...list.matchAll(/^ {2}([\w-]+) /gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
  if (names.length === 0) return [{ words: group, help }]
  return names.flatMap((name) => commandsOf(...group, name))
}

const folder = new URL('.', import.meta.url)
const tests = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n')

describe('mtls', () => {
  it('is a command of the checkout', () => {
    expect(mtls('--version')).toMatch(/^\d+\.\d+\.\d+ \(commit [\w.-]+\)\n$/)
  })

  it('says which build it is, as the services do', () => {
    const [, version, commit] = /^(\S+) \(commit (\S+)\)\n$/.exec(mtls('--version')) ?? []
    const { node } = process.versions
    expect(JSON.parse(mtls('version', '--json'))).toEqual({ name: 'mtls', version, commit, node })
  })

  it('needs nothing but its packed tarball', () => {
    const directory = mkdtempSync(join(tmpdir(), 'packed-'))
    const npm = (...args: readonly string[]) => execFileSync('npm', args, { encoding: 'utf8', cwd: directory })
    try {
      const [{ filename }] = JSON.parse(npm('pack', '--json', join(root, 'apps/cli'))) as [{ filename: string }]
      npm('init', '--yes')
      npm('install', '--offline', `./${filename}`)
      expect(npm('exec', '--offline', '--', 'mtls', 'help', 'rotate')).toMatch(/^Usage: mtls rotate/)
      expect(readdirSync(join(directory, 'node_modules/@mtls-gateway/cli'))).toContain('LICENSE')
      expect(readdirSync(join(directory, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
        '@mtls-gateway',
      ])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('has a test here for each of its commands, and help for each', () => {
    const commands = commandsOf()
    expect(commands.length).toBeGreaterThan(12)
    const isTested = ({ words }: DocumentedCommand) =>
      new RegExp(`\\[\\s*'${words.join("',\\s*'")}'|mtls\\('${words.join("', '")}'`).test(tests)
    expect(commands.filter((command) => !isTested(command))).toEqual([])
    for (const { words, help } of commands) expect(help).toMatch(new RegExp(`^Usage: mtls ${words.join(' ')} `))
  })

  it.each(['bash', 'zsh', 'fish'])('prints a completion for %s', (shell) => {
    expect(mtls('completion', shell)).toContain('upload')
  })
})
