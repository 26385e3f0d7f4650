import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { FolderSource } from '../../src/sources/folder-source.ts'
import { openSources } from '../../src/sources/sources.ts'
import { VaultKvSource } from '../../src/sources/vault-kv-source.ts'

const directory = mkdtempSync(join(tmpdir(), 'sources-'))
const file = join(directory, 'sources.json')
const [ours, theirs] = [parseAccountId('le123'), parseAccountId('other')]

afterAll(() => rmSync(directory, { recursive: true }))

const open = (content: unknown) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return openSources(file)
}

const mounted = {
  name: 'mounted',
  kind: 'folder',
  description: 'What cert-manager mounts.',
  accounts: ['le123'],
  path: '/run/certificates/client',
}
const vault = {
  name: 'vault',
  kind: 'vault-kv',
  description: 'Where the team of the CA puts certificates.',
  accounts: 'all',
  address: 'https://vault.example:8200',
  mount: 'secret',
  path: 'clients/{account}/{certificate}',
  roleId: 'an id',
  secretIdFile: '/run/secrets/source',
}

describe('the sources of a deployment', () => {
  it('are none without a file', () => {
    const sources = openSources(undefined)
    expect(sources.profiles(ours)).toEqual([])
    expect(sources.isEmpty).toBe(true)
    expect(() => sources.get(ours, 'mounted')).toThrow(expect.objectContaining({ code: 'SOURCE_UNKNOWN' }))
  })

  it('are those of a file, by name, for the accounts that it names; where they are, nobody is told', () => {
    const sources = open({ sources: [vault, mounted] })
    expect(sources.profiles(theirs).map(({ name }) => name)).toEqual(['vault'])
    const [first, second] = sources.profiles(ours)
    expect(first).toEqual({ name: 'mounted', kind: 'folder', description: 'What cert-manager mounts.' })
    expect(second?.name).toBe('vault')
    expect(sources.get(ours, 'mounted')).toBeInstanceOf(FolderSource)
    expect(() => sources.get(theirs, 'mounted')).toThrow(expect.objectContaining({ code: 'SOURCE_UNKNOWN' }))
    const kv = sources.get(theirs, 'vault')
    expect(kv).toBeInstanceOf(VaultKvSource)
    expect(kv.place({ account: theirs, name: '$&' })).toBe('clients/other/$&')
    sources.close()
  })

  it('are refused with all errors at once, each with the name of its source, and no value', () => {
    const { path, ...pathless } = mounted
    const lines = messageOf(() =>
      open({
        sources: [
          pathless,
          { ...mounted, name: 'relative', path: 'certificates' },
          { ...mounted, name: 'open', accounts: 'all' },
          { ...mounted, name: 'more', keyTypes: ['EC-P256'] },
          { ...vault, name: 'up', path: 'clients/../{account}' },
          { ...vault, name: 'brace', path: 'clients/{tenant}' },
          { ...vault, name: 'one-for-all', path: 'clients/one' },
          { ...vault, name: 'plain', address: 'http://hidden.example:8200' },
          { ...vault, name: 'Upper' },
          { name: 'odd', kind: 'magic' },
          vault,
          vault,
        ],
      }),
    ).split('\n')
    const expected = [
      `SOURCES_FILE (${file}) is not valid:`,
      '- mounted: path is required',
      '- relative: path is not an absolute path',
      '- open: accounts is "all", and the place is the same for each',
      '- more: keyTypes: there is no such setting',
      '- up: path is not like clients/{account}/{certificate}',
      '- brace: path is not like clients/{account}/{certificate}',
      '- one-for-all: accounts is "all"',
      '- plain: The address of Vault must begin with https://',
      '- source 9: name is not 1 to 64 lower-case letters',
      '- odd: kind is none of folder, vault-kv',
      '- vault: another one has this name',
    ]
    for (const [index, line] of expected.entries()) expect(lines[index]).toContain(line)
    expect(lines).toHaveLength(expected.length)
    expect(lines.join()).not.toContain('hidden')
  })

  it('are those of the documentation', () => {
    const text = readFileSync(new URL('../../../../docs/sources.md', import.meta.url), 'utf8')
    const [, example = ''] = /```json\n([^`]+)```/.exec(text) ?? []
    const sources = open(example)
    expect(sources.profiles(ours).map(({ kind }) => kind)).toEqual(['folder', 'vault-kv'])
    sources.close()
  })

  it.each(['', '[]', '{"sources": [1]}', '{"profiles": []}'])('are no file like %j', (text) => {
    expect(messageOf(() => open(text))).toContain('it is not JSON like {"sources"')
  })

  it('say that their file is not there', () => {
    expect(messageOf(() => openSources(join(directory, 'none')))).toContain('cannot be read: ENOENT')
  })
})

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toMatchObject({ name: 'CodedError', code: 'CONFIGURATION_INVALID' })
    return (error as Error).message
  }
  throw new Error('it was taken')
}
