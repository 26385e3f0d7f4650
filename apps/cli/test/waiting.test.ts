import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

const certificate = { name: 'c1', subject: 'CN=c1', expirationDate: '2030-01-01T00:00:00.000Z' }
const notYet = { complete: false, instances: [{ current: true }, { current: false }] }
const done = { complete: true, instances: [{ current: true }, { current: true }] }
const starting = { code: 'COORDINATION_UNAVAILABLE', detail: 'Try again.', status: 503 }

/** A rollback that waits for services which answer one after the other. */
async function rollBack(answers: readonly object[], invocation: Invocation = {}) {
  const left: object[] = [certificate, ...answers]
  const { url } = await startServer((response) => {
    const answer = left.shift() ?? done
    const isProblem = 'status' in answer
    const type = isProblem ? 'application/problem+json' : 'application/json'
    response.writeHead(isProblem ? 503 : 200, { 'content-type': type }).end(JSON.stringify(answer))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const args = ['rotate', '1', '--rollback', '--wait', '--account', 'le123', '--config-api', url]
  return mtls(args, { environment, ...invocation })
}

describe('waiting for the forwarders', () => {
  it('goes on while they can not be asked, and until all of them present the version', async () => {
    expect(await rollBack([starting, notYet, notYet])).toEqual({
      exitCode: 0,
      stdout: 'in use: c1, CN=c1, expires 2030-01-01\ncomplete: 2 of 2 forwarders present it\n',
      stderr: '',
    })
  })

  it('shows on a terminal how far it is, and leaves nothing of that', async () => {
    const { stderr } = await rollBack([notYet], { isTerminal: true })
    expect(stderr).toMatch(/█{15}░{15} {2}50 % {2}1 of 2 forwarders present it/)
    expect(stderr.endsWith('\r\u001b[K')).toBe(true)
  })
})
