import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

const difference = { code: 'SUBJECT_DIFFERS', message: 'It has another subject.', from: 'CN=a', to: 'CN=b' }
const certificate = { id: 1, name: 'c1', subject: 'CN=b', expirationDate: '2030-01-01T00:00:00.000Z' }
const probe = { ok: true, results: [], kept: 'nothing' }

/** What is asked of the service, and how the command ends. */
async function rotate(invocation: Invocation, differences: readonly object[] = [difference]) {
  const { url, requests } = await startServer((response, path) => {
    const staged = { status: 'Available', lastProbe: null, differences }
    const body = path.includes('/probe') ? probe : path.includes('/promote') ? certificate : { ...certificate, staged }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const ended = await mtls(['rotate', '1', '--account', 'le123', '--config-api', url], { ...invocation, environment })
  const paths = requests.map(({ method, url: path }) => `${method} ${path.replace(/^.*certificates\/1/, '')}`)
  return { ...ended, paths }
}

const question = 'Are these differences meant? [y/N] '

describe('a rotation to what is not a usual renewal', () => {
  it('is asked about on a terminal before any target is called, and accepts what was shown', async () => {
    const { exitCode, stdout, stderr, paths } = await rotate({ isTerminal: true, stdin: 'y\n' })
    expect(stderr).toContain(question)
    expect(stdout).toMatch(/^subject +CN=a +CN=b$/m)
    expect(stdout).toMatch(/^in use: c1, /m)
    expect(exitCode).toBe(0)
    expect(paths).toEqual(['GET ', 'POST /staged/probe', 'POST /staged/promote?force=false&accept=SUBJECT_DIFFERS'])
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
