import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { mtls } from './invocation.ts'

const ofShell = async (shell: string) => (await mtls(['completion', shell])).stdout

describe('the completion of bash', () => {
  let script: string
  beforeAll(async () => {
    script = await ofShell('bash')
  })

  /** What bash itself offers after these words, of which the last is being typed. */
  function offered(...words: readonly string[]): string[] {
    const typed = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mtls; printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['-c', `${script}\n${typed}`, 'bash', 'mtls', ...words], { encoding: 'utf8' })
    return output.split('\n').filter((word) => word !== '')
  }

  it('offers the commands', () => {
    expect(offered('ex')).toEqual(['explain', 'expiring'])
    expect(offered('')).toEqual(expect.arrayContaining(['login', 'upload', 'completion', 'help']))
  })

  it('offers the options of a command, its own and the shared ones', () => {
    expect(offered('upload', '--na')).toEqual(['--name'])
    expect(offered('upload', '--')).toEqual(expect.arrayContaining(['--replace', '--account', '--json', '--help']))
    expect(offered('check', '--')).not.toContain('--replace')
  })

  it('offers the values that an option or an argument can have', () => {
    expect(offered('test', 'file.p12', '--method', 'P')).toEqual(['POST', 'PUT', 'PATCH'])
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(offered('app-keys', 'create', '--scope', 'f')).toEqual(['forward'])
  })

  it('offers the subcommands of a group, and what they take', () => {
    expect(offered('mappings', 'e')).toEqual(['edit', 'enable'])
    expect(offered('mappings', '')).toEqual(expect.arrayContaining(['list', 'delete', 'help', '--help']))
    expect(offered('mappings', 'delete', '--y')).toEqual(['--yes'])
    expect(offered('mappings', 'list', '--')).not.toContain('--yes')
    expect(offered('mappings', 'list', '--cursor', '--')).toEqual([])
  })

  it('leaves files and free values to bash', () => {
    for (const words of [
      ['upload', 'cl'],
      ['upload', '--key', ''],
      ['upload', '--name', '--'],
    ]) {
      expect(offered(...words)).toEqual([])
    }
  })
})

describe('the completion of other shells', () => {
  it('has the commands and options of zsh as its _arguments reads them', async () => {
    const script = await ofShell('zsh')
    expect(script).toMatch(/^#compdef mtls$/m)
    expect(script).toContain("'login:sign in, and save account, urls and credentials for the other commands'")
    expect(script).toContain("'--key[PEM file of the private key]:file:_files'")
    expect(script).toContain("'1:certificate:' '2:file:_files'")
    expect(script).toContain(':method:(GET HEAD POST PUT PATCH DELETE)')
    expect(script).toContain("'delete:delete mappings'")
    expect(script).toContain("'--cursor[where the page starts, as printed with the previous page]:cursor:'")
    expect(script).toContain("'--header['\\''name\\: value'\\'', for the target")
  })

  it('has the commands and options of fish, each with its help', async () => {
    const script = await ofShell('fish')
    expect(script).toContain("-n __fish_use_subcommand -a upload -d 'store a certificate with its key'")
    expect(script).toContain("-n '__fish_seen_subcommand_from upload' -l key -d 'PEM file of the private key' -r -F")
    expect(script).toContain("-a 'GET HEAD POST PUT PATCH DELETE'")
    const inMappings = '__fish_seen_subcommand_from mappings; and'
    expect(script).toContain(
      `-n '${inMappings} not __fish_seen_subcommand_from list show edit enable disable delete' -a edit`,
    )
    expect(script).toContain(`-n '${inMappings} __fish_seen_subcommand_from delete' -l yes`)
    expect(script).toContain("-n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'")
  })

  it('is refused for a shell that there is none for', async () => {
    const { exitCode, stderr } = await mtls(['completion', 'tcsh'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Allowed choices are bash, zsh, fish')
  })
})
