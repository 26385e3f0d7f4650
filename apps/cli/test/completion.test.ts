import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

const ofShell = async (shell: string) => (await mtls(['completion', shell])).stdout

describe('the completion of bash', () => {
  let script: string
  beforeAll(async () => {
    script = await ofShell('bash')
  })

  /** What bash itself offers after these words, of which the last is being typed. */
  function offered(...given: readonly string[]): string[] {
    const words = given.filter((word) => !word.startsWith('mtls()'))
    const names = given.find((word) => word.startsWith('mtls()')) ?? ''
    const typed = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mtls; printf '%s\\n' "\${COMPREPLY[@]}"`
    const output = execFileSync('bash', ['-c', `${names}\n${script}\n${typed}`, 'bash', 'mtls', ...words], {
      encoding: 'utf8',
    })
    return output.split('\n').filter((word) => word !== '')
  }

  it('offers the commands', () => {
    expect(offered('ex')).toEqual(['explain', 'expiring', 'export'])
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

  it('offers the names of certificates and mappings, quoted, where one of them is meant', () => {
    // With what a shell would run, and what it would split.
    const names = `mtls() { echo "$@" >&2; printf '%s\\n' 'bank one' 'bank-$(touch x)' "it's" "asked for $4"; }`
    const namesAfter = (...words: readonly string[]) => offered(...words, names)
    expect(namesAfter('rotate', 'ba')).toEqual(['bank\\ one', 'bank-\\$\\(touch\\ x\\)'])
    expect(namesAfter('rotate', 'bank\\ o')).toEqual(['bank\\ one'])
    expect(namesAfter('certificates', 'show', 'it')).toEqual(["it\\'s"])
    expect(namesAfter('mappings', 'edit', 'asked')).toEqual(['asked\\ for\\ mappings'])
    expect(namesAfter('mappings', 'edit', 'm', '--certificate', 'asked')).toEqual(['asked\\ for\\ certificates'])
    expect(namesAfter('rotate', '--wa')).toEqual(['--wait'])
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

describe('the names that a script asks for', () => {
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 'the-token', MTLS_ACCOUNT: 'le123' }

  it('are those of the account that one is logged in to, a line each', async () => {
    const { url, requests } = await startServer((response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'LP-answered-by': 'gateway' })
        .end(JSON.stringify([{ name: 'bank one' }, { name: 'two' }])),
    )
    const place = { ...environment, MTLS_CONFIG_API: url, MTLS_FORWARDER_API: url }
    for (const kind of ['certificates', 'mappings']) {
      const end = await mtls(['completion', 'bash', '--names', kind], { environment: place })
      expect(end).toEqual({ exitCode: 0, stdout: 'bank one\ntwo\n', stderr: '' })
    }
    expect(requests.map(({ url: asked }) => asked)).toEqual([
      '/mtls/account/le123/certificates?limit=1000',
      '/mtls/account/le123/mappings?limit=1000',
    ])
  })

  it('are none on stdout without a login', async () => {
    const end = await mtls(['completion', 'bash', '--names', 'mappings'], {
      environment: { XDG_CONFIG_HOME: '/nowhere' },
    })
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

describe('the completion of other shells', () => {
  it('has the commands and options of zsh as its _arguments reads them', async () => {
    const script = await ofShell('zsh')
    expect(script).toMatch(/^#compdef mtls$/m)
    expect(script).toContain("'login:sign in, and save account, urls and credentials for the other commands'")
    expect(script).toContain("'--key[PEM file of the private key]:file:_files'")
    expect(script).toContain("'1:certificate: _mtls_gateway_names certificates' '2:file:_files'")
    expect(script).toMatch(/compadd -- .* completion zsh --names "\$1" 2>\/dev\/null/)
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
    expect(script).toContain(
      "-n '__fish_seen_subcommand_from rotate' -a '(mtls completion fish --names certificates 2>/dev/null)'",
    )
    expect(script).not.toContain('-l names')
  })

  it('is refused for a shell that there is none for', async () => {
    const { exitCode, stderr } = await mtls(['completion', 'tcsh'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Allowed choices are bash, zsh, fish')
  })
})
