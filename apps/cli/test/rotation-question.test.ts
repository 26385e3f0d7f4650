import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

const difference = { code: 'SUBJECT_DIFFERS', message: 'It has another subject.', from: 'CN=a', to: 'CN=b' }
const certificate = { id: 1, name: 'c1', subject: 'CN=b', expirationDate: '2030-01-01T00:00:00.000Z' }
const probe = { ok: true, results: [], kept: 'nothing' }

/**
 * What is asked of the service, and how the command ends.
 * @param fingerprintOf of the staged version, when it is asked for the first, second, ... time
 */
async function rotate(
  invocation: Invocation,
  differences: readonly object[] = [difference],
  fingerprintOf: (time: number) => string = () => 'aa',
) {
  let asked = 0
  const { url, requests } = await startServer((response, path) => {
    if (!path.includes('/staged/')) asked += 1
    const staged = { status: 'Available', fingerprintSha256: fingerprintOf(asked), lastProbe: null, differences }
    const body = path.includes('/probe') ? probe : path.includes('/promote') ? certificate : { ...certificate, staged }
    response.writeHead(200, { 'content-type': 'application/json', etag: `"${asked}"` }).end(JSON.stringify(body))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const ended = await mtls(['rotate', '1', '--account', 'le123', '--config-api', url], { ...invocation, environment })
  const paths = requests.map(({ method, url: path }) => `${method} ${path.replace(/^.*certificates\/1/, '')}`)
  return { ...ended, paths, last: requests.at(-1) }
}

const question = 'Are these differences meant? [y/N] '

describe('a rotation to what is not a usual renewal', () => {
  it('is asked about on a terminal before any target is called, and accepts what was shown', async () => {
    const { exitCode, stdout, stderr, paths } = await rotate({ isTerminal: true, stdin: 'y\n' })
    expect(stderr).toContain(question)
    expect(stdout).toMatch(/^subject +CN=a +CN=b$/m)
    expect(stdout).toMatch(/^in use: c1, /m)
    expect(exitCode).toBe(0)
    const promotion = 'POST /staged/promote?force=false&accept=SUBJECT_DIFFERS'
    expect(paths).toEqual(['GET ', 'POST /staged/probe', 'GET ', promotion])
  })

  it.each(['n\n', '\n', 'yesterday\n'])('does not go on after the answer %j', async (stdin) => {
    const { exitCode, stderr, paths } = await rotate({ isTerminal: true, stdin })
    expect(stderr).toMatch(/Nothing was put in use\. .* mtls certificates drop-staged CERTIFICATE\.\n$/)
    expect({ exitCode, paths }).toEqual({ exitCode: 1, paths: ['GET '] })
  })

  it('is not asked about where nothing differs, or the service does not know', async () => {
    for (const invocation of [{}, { isTerminal: true }]) {
      const { exitCode, stderr, paths } = await rotate(invocation, [])
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(paths.at(-1)).toBe('POST /staged/promote?force=false')
    }
  })
})

describe('a rotation beside that of somebody else', () => {
  it('puts only the version in use that it has compared and tried', async () => {
    const { last } = await rotate({}, [])
    expect(last).toMatchObject({ method: 'POST', headers: { 'if-match': '"2"' } })
  })

  it('puts nothing in use where another version was staged meanwhile', async () => {
    const { exitCode, stderr, paths } = await rotate({}, [], (time) => (time === 1 ? 'aa' : 'bb'))
    expect(stderr).toMatch(/^Nothing was put in use: somebody else has staged another version meanwhile\. /)
    expect({ exitCode, paths }).toEqual({ exitCode: 1, paths: ['GET ', 'POST /staged/probe', 'GET '] })
  })
})
