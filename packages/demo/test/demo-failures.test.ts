import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { runDemo } from '../src/demo.ts'
import { fixture } from './fixture-entries.ts'
import { recordingTerminal } from './recording-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

interface Scenario {
  readonly service: 'listening-service' | 'refusing-service'
  readonly environment?: NodeJS.ProcessEnv
  readonly interrupted?: AbortSignal
}

async function run({ service, environment = {}, interrupted = new AbortController().signal }: Scenario) {
  const dataDir = await temporaryDirectory()
  const { terminal, steps, complaints } = recordingTerminal()
  const entries = {
    configApi: fixture(service),
    forwarderApi: fixture(service),
    console: fixture(service),
    admin: fixture('token'),
  }
  const worked = await runDemo({
    once: true,
    environment: { ...environment, DATA_DIR: dataDir },
    entries,
    terminal,
    interrupted,
  })
  return { worked, dataDir, steps, last: steps.at(-1), complaints: complaints.join('') }
}

describe('a demo that does not come up', () => {
  it('shows what each service says about its port, as it is, and once', async () => {
    const { worked, last, complaints } = await run({ service: 'refusing-service', environment: { BUSY_PORT: '8080' } })
    expect(worked).toBe(false)
    const sentence = 'Port 8080 on 127.0.0.1 is in use. Set THE_VARIABLE to another port.'
    expect(last).toMatchObject({ ok: false, result: `${sentence}\n${sentence}` })
    expect(complaints).toBe('')
  })

  it('shows why there is no token', async () => {
    const { worked, last } = await run({ service: 'listening-service', environment: { TOKEN_FAILS: '1' } })
    expect(worked).toBe(false)
    expect(last).toMatchObject({
      ok: false,
      result: 'Tokens come from the configured issuer; the embedded one is off.',
    })
  })

  it("shows an answer's status, code and detail and the service's last lines, and no secret", async () => {
    const problem = { code: 'SCOPE_MISSING', detail: 'The token lacks mtls:admin.', appSecret: 'canary-in-an-answer' }
    const environment = { ANSWER_STATUS: '403', ANSWER_BODY: JSON.stringify(problem) }
    const { worked, dataDir, steps, last, complaints } = await run({ service: 'listening-service', environment })
    expect(worked).toBe(false)
    expect(last).toMatchObject({
      ok: false,
      result: '403 SCOPE_MISSING: The token lacks mtls:admin.',
      problem: { status: 403, code: 'SCOPE_MISSING', detail: 'The token lacks mtls:admin.' },
    })
    expect(complaints).toContain(`The last lines of ${join(dataDir, 'config-api.log')}:`)
    expect(complaints).toContain('"event":"listening"')
    expect(JSON.stringify([steps, complaints])).not.toMatch(/canary-in-an-answer|secret-token-for/)
  })

  it('stops what it started, keeps its logs and writes no credentials', async () => {
    const { dataDir } = await run({ service: 'listening-service', environment: { ANSWER_STATUS: '500' } })
    expect((await readdir(dataDir)).sort()).toEqual([
      '.gitignore',
      ...['config-api.log', 'console.log', 'demo-issuers.json', 'demo-target-ca.pem', 'demo.lock', 'forwarder-api.log'],
    ])
    for (const name of ['config-api.log', 'forwarder-api.log', 'console.log']) {
      expect(await readFile(join(dataDir, name), 'utf8')).toContain('"event":"stopped"')
    }
  })

  it('that is interrupted shows no failure that only comes from being stopped', async () => {
    const { worked, steps, complaints } = await run({ service: 'listening-service', interrupted: AbortSignal.abort() })
    expect(worked).toBe(false)
    expect(steps).toEqual([])
    expect(complaints).toBe('')
  })
})
