import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

const esc = '\u001b'
const certificate = {
  id: 7,
  name: `a${esc}[31mred`,
  status: 'Available',
  expirationDate: '2000-01-01T00:00:00.000Z',
  usage: { calls: 3, lastUsedAt: null },
}

async function asking(
  body: string,
  args: readonly string[],
  invocation: Invocation = {},
  { status = 200, headers = {} }: { readonly status?: number; readonly headers?: Record<string, string> } = {},
) {
  const head = { 'content-type': status === 200 ? 'application/json' : 'application/problem+json', ...headers }
  const { url } = await startServer((response) => response.writeHead(status, head).end(body))
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't', ...invocation.environment }
  return mtls([...args, '--account', 'le123', '--config-api', url, '--forwarder-api', url], {
    ...invocation,
    environment,
  })
}

const check = ['check', '--service-name', 'IDP', '--url', 'https://a.example/']

describe('output', () => {
  it('has colour on a terminal alone, unless its user wants none', async () => {
    const body = '[{"doExist":false}]'
    expect((await asking(body, check, { isTerminal: true })).stdout).toContain(`${esc}[31mno${esc}[0m`)
    const unwanted = { isTerminal: true, environment: { NO_COLOR: '1' } }
    for (const invocation of [{}, unwanted]) {
      expect((await asking(body, check, invocation)).stdout).toMatch(/^no: /)
    }
  })

  it('is a table for people, in which the texts of others move no cursor', async () => {
    const { stdout } = await asking(JSON.stringify([certificate]), ['expiring'], { isTerminal: true })
    expect(stdout).toMatch(
      /^ID +NAME +STATUS +EXPIRES +DAYS +CALLS +LAST CALL\n7 +ared +Available +2000-01-01 +-\d+ +3 +never\n$/,
    )
  })

  it('with --json is the answer as it is', async () => {
    const body = '[ {"doExist": true, "name":"\\u001b[31mé"} ]'
    expect(await asking(body, ['expiring', '--json'])).toEqual({ exitCode: 0, stdout: `${body}\n`, stderr: '' })
  })

  it('of check says that a config-api of before does not tell whether the gateway may connect', async () => {
    const body = '[{"doExist":true}]'
    expect(await asking(body, check)).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^yes: .*\nWhether the gateway may connect to the target is not known\. .*\.\n$/),
      stderr: '',
    })
    expect(JSON.parse((await asking(body, [...check, '--json'])).stdout)).toMatchObject([
      { doExist: true, targetAccess: { verdict: 'unknown', code: null } },
    ])
  })

  it('with --json is the refusal as it is', async () => {
    const body = '{"code":"RATE_LIMITED","detail":"Too many.","status":429}'
    const refused = await asking(body, ['expiring', '--json'], {}, { status: 429 })
    expect(refused).toEqual({ exitCode: 1, stdout: `${body}\n`, stderr: '' })
  })

  it('says on stderr that forwarders may see a change late', async () => {
    const delayed = { headers: { 'LP-change-notice': 'delayed' } }
    const change = ['settings', 'set', '--unmapped-calls', 'plain']
    const settings = '{"unmappedCalls":"plain","webhook":null}'
    for (const args of [change, [...change, '--json']]) {
      expect(await asking(settings, args, {}, delayed)).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(/^The change is made, .* up to 5 minutes/),
      })
      expect((await asking(settings, args)).stderr).toBe('')
    }
  })

  it('tells of a refusal by code, sentence, what mends it, and details', async () => {
    const problem = {
      type: 'urn:x',
      title: 'X',
      status: 422,
      code: 'P12_NO_PRIVATE_KEY',
      detail: 'There is no key.',
      instance: 'r-1',
      problems: [
        { severity: 'error', code: 'P12_NO_PRIVATE_KEY', message: 'There is no key.', fix: 'openssl one\nopenssl two' },
        { severity: 'warning', code: 'WEAK_SIGNATURE', message: 'SHA-1.' },
      ],
      errors: [
        { index: 0, field: 'url' },
        { message: 'two\nlines', of: { a: 1 } },
      ],
      accepted: ['bearer', 'oauth1'],
      nothing: null,
    }
    const { stdout, stderr, exitCode } = await asking(JSON.stringify(problem), ['expiring'], {}, { status: 422 })
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
    expect(stderr.split('\n')).toEqual([
      'P12_NO_PRIVATE_KEY: There is no key.',
      '  $ openssl one',
      '  $ openssl two',
      'warning WEAK_SIGNATURE: SHA-1.',
      '  status: 422',
      '  errors:',
      '    - index 0, field url',
      '    - message: two',
      '        lines',
      '      of:',
      '        a: 1',
      '  accepted: bearer, oauth1',
      '  request: r-1',
      '',
    ])
  })

  it('does not say again what the sentence of a refusal has said', async () => {
    const fault = { index: 0, code: 'PEM_MALFORMED', message: 'It is not PEM.', field: 'certificate' }
    const refused = (errors: unknown) =>
      JSON.stringify({
        code: 'PEM_MALFORMED',
        detail: 'In entry 1 of 2: It is not PEM. Nothing was saved.',
        status: 422,
        errors,
      })
    const told = async (errors: unknown) => (await asking(refused(errors), ['expiring'], {}, { status: 422 })).stderr
    expect(await told([fault])).not.toContain('errors:')
    expect(await told([fault, { ...fault, message: 'Another.' }])).toContain('errors:')
    expect(await told([null])).toContain('errors:')
  })

  it('says what to do about credentials that are not good', async () => {
    const body = '{"code":"TOKEN_EXPIRED","detail":"It has expired.","status":401}'
    expect((await asking(body, ['expiring'], {}, { status: 401 })).stderr).toMatch(
      /\nGet a new token, and log in with it: /,
    )
  })
})
