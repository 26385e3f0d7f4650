import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { documentService, unchanged } from './document-service.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const changed = {
  revision: 12,
  applied: false,
  changes: [
    { action: 'create', kind: 'certificate', name: 'bank', fields: [{ field: 'plan', before: null, after: { a: 1 } }] },
    {
      action: 'update',
      kind: 'mapping',
      name: 'm1',
      fields: [{ field: 'url', before: 'https://a/', after: 'https://b/' }],
    },
    {
      action: 'update',
      kind: 'settings',
      name: 'settings',
      fields: [{ field: 'publishKeys', before: true, after: null }],
    },
    { action: 'rename', kind: 'mapping', name: 'm2', fields: [{ field: 'name', before: 'm0', after: 'm2' }] },
    { action: 'delete', kind: 'trust', name: 'old-ca', fields: [] },
  ],
  kept: 0,
}
const text = `create certificate "bank"
  plan
    + {"a":1}
update mapping "m1"
  url
    - https://a/
    + https://b/
update settings "settings"
  publishKeys
    - true
rename mapping "m2"
  name
    - m0
    + m2
delete trust "old-ca"

1 to create, 2 to change, 1 to rename, 1 to delete.
`

async function documentFile(): Promise<string> {
  const file = join(await temporaryDirectory(), 'account.yaml')
  await writeFile(file, 'mappings: {}\n')
  return file
}

describe('mtls diff', () => {
  it('shows each change, and ends with 2; with 0 if there is nothing to do', async () => {
    const file = await documentFile()
    const { run } = await documentService((_, count) => ({ body: count < 3 ? changed : unchanged }))
    expect(await run(['diff', '-f', file])).toEqual({ exitCode: 2, stdout: text, stderr: '' })
    const json = await run(['diff', '-f', file, '--json'])
    expect(json).toMatchObject({ exitCode: 2, stdout: `${JSON.stringify(changed)}\n` })
    expect(await run(['diff', '-f', file])).toMatchObject({ exitCode: 0 })
  })

  it('shows of an object only what differs in it', async () => {
    const [before, after] = [
      { profile: 'a', renewAt: 0.5, inner: { same: 1, gone: true }, list: [1] },
      { profile: 'b', renewAt: 0.5, inner: { same: 1, new: 'x\ny' }, list: [1, 2] },
    ]
    const fields = [{ field: 'plan', before, after }]
    const changes = [{ action: 'update', kind: 'certificate', name: 'bank', fields }]
    const { run } = await documentService(() => ({ body: { ...changed, changes, kept: 1 } }))
    const lines = [
      'update certificate "bank"',
      ...['  plan.profile', '    - a', '    + b'],
      ...['  plan.inner.gone', '    - true'],
      ...['  plan.inner.new', '    + x', '    + y'],
      ...['  plan.list', '    - [1]', '    + [1,2]'],
      '',
      '1 to change. 1 that the document does not name stays as it is.',
      '',
    ]
    expect((await run(['diff', '-f', await documentFile()])).stdout).toBe(lines.join('\n'))
  })

  it('says that applying it will wait for another person, and why', async () => {
    const { run } = await documentService(() => ({ body: { ...changed, needsApproval: ['promote', 'target-host'] } }))
    expect(await run(['diff', '-f', await documentFile()])).toEqual({
      exitCode: 2,
      stdout: `${text}Applying this needs the approval of another person (promote, target-host).\n`,
      stderr: '',
    })
  })

  it('never ends with 2 for a mistake', async () => {
    const { run } = await documentService(() => ({ body: changed }))
    const file = await documentFile()
    for (const args of [['--nope'], [], ['-f', `${file}.none`], ['-f', file, '--client-cert', 'x']]) {
      expect(await run(['diff', ...args])).toMatchObject({ exitCode: 1 })
    }
    expect(await run(['apply', '--nope'])).toMatchObject({ exitCode: 2 })
  })
})

describe('mtls apply', () => {
  const applied = { ...changed, revision: 13, applied: true }
  const service = () => documentService(({ query }) => ({ body: query.dryRun ? changed : applied }))

  it('shows what it does, asks, and applies that and nothing else', async () => {
    const file = await documentFile()
    const { run, sent } = await service()
    const ended = await run(['apply', '-f', file, '--prune'], {
      isTerminal: true,
      stdin: 'y\n',
      environment: { NO_COLOR: '1' },
    })
    expect(ended).toMatchObject({
      exitCode: 0,
      stdout: `${text}Applied to the account le123: revision 13.\n`,
      stderr: expect.stringContaining('Apply this to the account le123? [y/N]'),
    })
    expect(sent).toMatchObject([
      { query: { dryRun: 'true', prune: 'true' }, ifMatch: undefined },
      { query: { prune: 'true' }, ifMatch: '"1"' },
    ])
  })

  it('applies nothing after another answer, without somebody to ask, or as a dry run', async () => {
    const file = await documentFile()
    const { run, sent } = await service()
    const no = await run(['apply', '-f', file], { isTerminal: true, stdin: 'n\n' })
    expect(no).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Nothing was applied.') })
    const nobody = await run(['apply', '-f', file])
    expect(nobody).toMatchObject({ exitCode: 2, stdout: text, stderr: expect.stringMatching(/Add --yes\.$/m) })
    expect(await run(['apply', '-f', file, '--dry-run'])).toMatchObject({ exitCode: 0, stdout: text, stderr: '' })
    expect(sent.map(({ query }) => query.dryRun)).toEqual(['true', 'true', 'true'])
  })

  it('prints one answer with --json, and asks for nothing to be applied if there is nothing to do', async () => {
    const file = await documentFile()
    const { run } = await service()
    const json = await run(['apply', '-f', file, '--yes', '--json'])
    expect(json).toEqual({ exitCode: 0, stdout: `${JSON.stringify(applied)}\n`, stderr: '' })
    const idle = await documentService(() => ({ body: unchanged }))
    expect(await idle.run(['apply', '-f', file])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Nothing to do\./),
    })
    expect(idle.sent).toHaveLength(1)
  })

  it('applies nothing that nobody has seen: it shows how what there is to do now differs from that', async () => {
    const file = await documentFile()
    const [create, update, settings, rename] = changed.changes
    const fields = [{ field: 'url', before: 'https://c/', after: 'https://b/' }]
    const trust = { action: 'create', kind: 'trust', name: 'new-ca', fields: [] }
    const now = { ...changed, revision: 14, changes: [trust, create, { ...update, fields }, settings, rename] }
    const { run, sent } = await documentService((_, count) => {
      if (count === 2) return { status: 412, body: { code: 'PRECONDITION_FAILED', revision: 14 } }
      return { body: count === 1 ? changed : now }
    })
    const ended = await run(['apply', '-f', file, '--yes'])
    expect(ended).toMatchObject({
      exitCode: 1,
      stdout: [
        `${text}The account has changed since this was shown.`,
        '',
        'No longer to do:',
        'delete trust "old-ca"',
        '',
        'Still to do, but not as shown:',
        'update mapping "m1"',
        ...['  url', '    - https://c/', '    + https://b/'],
        '',
        'To do now, and not shown before:',
        'create trust "new-ca"',
        '',
      ].join('\n'),
      stderr: expect.stringMatching(
        /^Nothing was applied: the account has changed since it was compared with the document, from revision 12 to 14\. Repeat the command/,
      ),
    })
    expect(sent.map(({ query }) => query.dryRun)).toEqual(['true', undefined, 'true'])
  })
})

describe('mtls apply, while the account changes', () => {
  const secretAt = (second: number) => {
    const after = { type: 'oauth2', hasSecret: true, secretSetAt: `2026-01-31T00:00:0${second}.000Z` }
    const fields = [{ field: 'targetAuth', before: null, after }]
    return { ...changed, changes: [{ action: 'update', kind: 'mapping', name: 'm1', fields }] }
  }
  const refused = { status: 412, body: { code: 'PRECONDITION_FAILED', revision: 14 } }

  it('goes on where there is still the same to do', async () => {
    const { run, sent } = await documentService(({ query }, count) => {
      if (query.dryRun) return { body: secretAt(count) }
      return count < 4 ? refused : { body: { ...secretAt(count), revision: 15, applied: true } }
    })
    const ended = await run(['apply', '-f', await documentFile(), '--yes'])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/: revision 15\.$/m) })
    expect(sent.map(({ query, ifMatch }) => query.dryRun ?? ifMatch)).toEqual(['true', '"1"', 'true', '"3"'])
  })

  it('is done where somebody else has done it, and gives up where it never gets its turn', async () => {
    const done = await documentService(({ query }, count) => {
      return query.dryRun ? { body: count === 1 ? changed : unchanged } : refused
    })
    const file = await documentFile()
    const ended = await done.run(['apply', '-f', file, '--yes'])
    expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Nothing is left to do: /m) })
    const never = await documentService(({ query }, count) => (query.dryRun ? { body: secretAt(count % 10) } : refused))
    expect(await never.run(['apply', '-f', file, '--yes'])).toMatchObject({
      exitCode: 1,
      stdout: expect.not.stringContaining('now'),
      stderr: expect.stringMatching(/^Nothing was applied: the account has changed 10 times/),
    })
    expect(never.sent).toHaveLength(21)
  })
})

describe('mtls export', () => {
  it('prints the same text for the same account, without what answers tell of secrets', async () => {
    const mapping = {
      url: 'https://bank.example/',
      targetAuth: {
        type: 'headers',
        headers: [{ name: 'X-Key', hasSecret: true, secretSetAt: '2026-01-31T00:00:00.000Z', secretSetBy: 'anna' }],
      },
    }
    const body = {
      settings: { unmappedCalls: 'refuse' },
      mappings: { b: mapping, a: { url: 'https://a.example/', note: 'left\u202eright\u0085' } },
      trusts: { t: { caCertificates: 'one\ntwo\n' } },
      certificates: { hasSecret: {}, yes: {} },
      account: 'le123',
    }
    const { run } = await documentService(() => ({ body }))
    const { exitCode, stdout } = await run(['export'])
    expect(exitCode).toBe(0)
    expect(stdout).toBe(
      [
        'account: le123',
        'certificates:',
        '  hasSecret: {}',
        '  yes: {}',
        'trusts:',
        '  t:',
        '    caCertificates: |',
        '      one',
        '      two',
        'mappings:',
        '  a:',
        '    url: https://a.example/',
        String.raw`    note: "left\u202eright\u0085"`,
        '  b:',
        '    url: https://bank.example/',
        '    targetAuth:',
        '      type: headers',
        '      headers:',
        '        - name: X-Key',
        'settings:',
        '  unmappedCalls: refuse',
        '',
      ].join('\n'),
    )
    expect(JSON.parse((await run(['export', '--json'])).stdout)).toEqual(body)
  })
})
