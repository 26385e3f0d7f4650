import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

const esc = '\u001b'
const approval = {
  ...{
    id: 'r1',
    state: 'open',
    operation: 'mappings.update',
    subjects: ['7 bank-token'],
    subjectCount: 1,
    actions: ['target-host'],
  },
  ...{ requestedBy: 'https://login.example#ada', requestedAt: '2030-01-01T09:00:00.000Z', mine: false },
  ...{ expiresAt: '2030-01-04T09:00:00.000Z', approvers: null, scope: 'mtls:admin' },
  changes: [
    {
      ...{ action: 'update', kind: 'mapping', name: 'bank-token' },
      fields: [
        { field: 'url', before: 'https://bank.example/token', after: 'https://other.example/token' },
        { field: 'targetTrust.caCertificates', before: null, after: 'one\ntwo\n' },
        { field: 'answerTimeoutSeconds', before: 30, after: null },
      ],
    },
  ],
}

async function asking(
  args: readonly string[],
  invocation: Invocation,
  answers: readonly (readonly [status: number, body: unknown])[],
) {
  const left = [...answers]
  const { url, requests } = await startServer((response: ServerResponse) => {
    const [status, body] = left.length > 1 ? (left.shift() ?? [500, {}]) : (left[0] ?? [500, {}])
    response.writeHead(status, { 'content-type': 'application/json', etag: '"12"' }).end(JSON.stringify(body))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't', ...invocation.environment }
  const connection = ['--account', 'le123', '--config-api', url, '--forwarder-api', url]
  const ended = await mtls([...args, ...connection], { ...invocation, environment })
  return { ...ended, requests }
}

const ofApprovals = ({ requests }: { readonly requests: readonly { method: string; url: string }[] }) =>
  requests.map(({ method, url }) => `${method} ${url.replace(/^.*\/approvals/, '')}`)

describe('a change that waits for approval', () => {
  const set = ['settings', 'set', '--unmapped-calls', 'plain']

  it('says on stderr what waits, for whom, until when and how to look at it, and ends with a code of its own', async () => {
    const { exitCode, stdout, stderr } = await asking(set, {}, [[202, { approval }]])
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' })
    expect(stderr.split('\n')).toEqual([
      'Not done yet: mappings.update needs the approval of another person (target-host).',
      'request    r1',
      'waits for  anybody else with mtls:admin',
      'until      2030-01-04 09:00 UTC',
      'To see what would change: mtls approvals show r1. To approve it, they run: mtls approvals approve r1.',
      '',
    ])
    const named = { ...approval, approvers: ['https://login.example#bob'] }
    expect((await asking(set, {}, [[202, { approval: named }]])).stderr).toMatch(/^waits for {2}\S+#bob$/m)
  })

  it('shows on stdout what is shown only now', async () => {
    const create = ['app-keys', 'create', '--label', 'billing']
    const answer = { appKey: 'le123.k1', appSecret: 'verysecret' }
    const { exitCode, stdout, stderr } = await asking(create, {}, [[202, { approval, answer }]])
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: 'appKey: le123.k1\nappSecret: verysecret\n' })
    expect(stderr).toMatch(/^The secret is shown only this once: keep it now\.\nNot done yet: /)
  })

  it('is the answer as it came with --json', async () => {
    const body = { approval, answer: { appSecret: 's' } }
    const { exitCode, stdout, stderr } = await asking([...set, '--json'], {}, [[202, body]])
    expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: '' })
    expect(JSON.parse(stdout)).toEqual(body)
  })

  it('is told of several mappings beside those that were changed', async () => {
    const disable = ['mappings', 'disable', '7', '8']
    const { exitCode, stdout, stderr } = await asking(disable, {}, [[202, { approval }]])
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: 'Disabled 0 mappings.\n' })
    expect(stderr).toMatch(/^Not done yet: /)
    const json = await asking([...disable, '--json'], {}, [[202, { approval }]])
    expect(JSON.parse(json.stdout)).toEqual({ changed: [], failed: [], waiting: [approval] })
  })
})

describe('mtls approvals', () => {
  it('list has those that wait, unless another state is asked for', async () => {
    const listed = await asking(['approvals', 'list'], {}, [
      [200, [approval, { ...approval, id: 'r2', subjectCount: 3 }]],
    ])
    expect(listed.stdout).toMatch(
      /^r1 +open +mappings.update +7 bank-token +target-host +\S+#ada +2030-01-04 09:00 UTC$/m,
    )
    expect(listed.stdout).toMatch(/^r2 .* 7 bank-token and 2 more /m)
    expect(ofApprovals(listed)).toEqual(['GET ?state=open'])
    const refused = await asking(['approvals', 'list', '--state', 'refused'], {}, [[200, []]])
    expect(refused.stdout).toBe('There is no request.\n')
    expect(ofApprovals(refused)).toEqual(['GET ?state=refused'])
  })

  it('show has what is there and what comes, field by field, with colours on a terminal', async () => {
    const { stdout } = await asking(['approvals', 'show', 'r1'], {}, [[200, approval]])
    expect(stdout).toContain('waits for       anybody else with mtls:admin\n')
    expect(stdout.split('\n\n')[1]?.split('\n')).toEqual([
      'update mapping "bank-token"',
      ...['  url', '    - https://bank.example/token', '    + https://other.example/token'],
      ...['  targetTrust.caCertificates', '    + one', '    + two'],
      ...['  answerTimeoutSeconds', '    - 30'],
      '',
    ])
    const painted = await asking(['approvals', 'show', 'r1'], { isTerminal: true }, [[200, approval]])
    expect(painted.stdout).toContain(`    ${esc}[32m+ https://other.example/token${esc}[0m\n`)
  })

  it('approve asks on a terminal, after it has shown what would change', async () => {
    const approved = { ...approval, state: 'approved' }
    const answers = [
      [200, approval],
      [200, approved],
    ] as const
    const approve = ['approvals', 'approve', 'r1', '--reason', 'as agreed']
    const yes = await asking(approve, { isTerminal: true, stdin: 'y\n' }, [...answers])
    expect(yes.stderr).toMatch(/other\.example\/token[\s\S]*Approve this\? \[y\/N\] $/)
    const done = 'Approved: mappings.update of 7 bank-token, requested by https://login.example#ada.\n'
    expect(yes).toMatchObject({ exitCode: 0, stdout: done })
    expect(ofApprovals(yes)).toEqual(['GET /r1', 'POST /r1/approve'])
    const no = await asking(approve, { isTerminal: true, stdin: 'n\n' }, [...answers])
    expect(no).toMatchObject({ exitCode: 1, stdout: '', requests: { length: 1 } })
  })

  it('approve takes --yes where nobody can be asked, and a reason in an emergency', async () => {
    const approve = ['approvals', 'approve', 'r1']
    const unasked = await asking(approve, {}, [[200, approval]])
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^Nothing was approved: .*--yes/) })
    expect(ofApprovals(unasked)).toEqual(['GET /r1'])
    const silent = await asking([...approve, '--yes', '--emergency'], {}, [[200, approval]])
    expect(silent).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--reason'), requests: { length: 0 } })
    const done = await asking([...approve, '--yes', '--emergency', '--reason', 'the bank has moved'], {}, [
      [200, approval],
    ])
    expect(done.exitCode).toBe(0)
    expect(ofApprovals(done)).toEqual(['POST /r1/approve'])
  })

  it('refuse refuses, and takes back', async () => {
    const refused = await asking(['approvals', 'refuse', 'r1', '--reason', 'no'], {}, [[200, approval]])
    expect(refused).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Refused: mappings\.update of /) })
    expect(ofApprovals(refused)).toEqual(['POST /r1/refuse'])
  })
})

describe('mtls settings set', () => {
  const setting = (...args: readonly string[]) =>
    asking(['settings', 'set', ...args], {}, [[200, { unmappedCalls: 'plain', webhook: null, notices: [] }]])

  it('takes what needs approval as a whole', async () => {
    const wrong = await setting('--approver', 'bob')
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--require-approval'), requests: [] })
    expect((await setting('--remove-approvals')).exitCode).toBe(0)
    expect((await setting('--remove-approvals', '--require-approval', 'promote')).exitCode).toBe(2)
    const all = ['--require-approval', 'promote', '--approver-scope', 'mtls:write', '--approvals-expire-after', '3d']
    expect((await setting(...all)).exitCode).toBe(0)
  })
})
