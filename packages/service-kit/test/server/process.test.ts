import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { createCa, startService } from '@mtls-gateway/test-kit'
import { RawConnection } from '../support/raw-connection.ts'

const entry = join(import.meta.dirname, '../child-service/dist/child-service.js')
const freePorts = { CHILD_PORT: '0', CHILD_MANAGEMENT_PORT: '0' }

/** Runs the service until it ends on its own. */
async function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { stdout, stderr, code }
}

describe('a service process', () => {
  it('says where it listens, answers there, and on SIGTERM lets a request in flight end and exits with 0', async () => {
    const service = await startService({ entry, env: freePorts })
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200)
    expect((await fetch(`${service.managementUrl}/metrics`)).status).toBe(200)
    const connection = new RawConnection(service.url).get('/slow')
    await connection.until('begun')
    expect(await service.stop()).toBe(0)
    expect(connection.text).toContain('done')
    expect(service.output).toContain('"event":"stopping","signal":"SIGTERM"')
    expect(service.output).toContain('"event":"stopped","requestsCut":0')
  })

  it('opens no inspector, whoever signals it', async () => {
    const service = await startService({ entry, env: freePorts })
    process.kill(service.pid, 'SIGUSR1')
    // Node's own handler says so on standard error before it does anything else.
    for (let n = 0; n < 20; n++) expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
    await service.stop()
    expect(service.output).not.toContain('Debugger')
  })

  it('goes on at SIGHUP, which reads its certificate again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sighup-'))
    const ca = await createCa()
    const files = { TLS_CERT_FILE: join(directory, 'tls.crt'), TLS_KEY_FILE: join(directory, 'tls.key') }
    const issue = async () => {
      const { certificate, privateKey } = await ca.issue({ commonName: 'gateway', ipAddresses: ['127.0.0.1'] })
      writeFileSync(files.TLS_CERT_FILE, certificate)
      writeFileSync(files.TLS_KEY_FILE, privateKey)
    }
    await issue()
    const service = await startService({ entry, env: { ...freePorts, ...files } })
    process.kill(service.pid, 'SIGHUP')
    await issue()
    process.kill(service.pid, 'SIGHUP')
    while (!service.output.includes('"event":"tls-reloaded"')) await delay(5)
    expect((await fetch(`${service.managementUrl}/metrics`)).status).toBe(200)
    expect(await service.stop()).toBe(0)
    rmSync(directory, { recursive: true })
  })

  it('writes nothing but one JSON object a line', async () => {
    const service = await startService({ entry, env: { ...freePorts, LOG_LEVEL: 'trace' } })
    await fetch(`${service.url}/nowhere`)
    await service.stop()
    const lines = service.output.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ service: 'child', level: expect.any(String) })
  })

  it('that meets a defect writes a last line without secrets and exits with 1', async () => {
    const service = await startService({ entry, env: freePorts })
    await fetch(`${service.url}/crash`).catch(() => {})
    expect(await service.stop()).toBe(1)
    expect(service.output).toContain('"event":"crash"')
    expect(service.output).not.toContain('c4n4ry')
  })
})

describe('a service process that can not start', () => {
  it('tells every fault of its configuration, each with an example, and exits with 1', async () => {
    const { code, stderr, stdout } = await run({ CHILD_PORT: 'x', CHILD_HOST: '0.0.0.0', SHUTDOWN_GRACE: '5' })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.trimEnd().split('\n')).toEqual([
      'CONFIGURATION_INVALID: The configuration is not valid:',
      '- CHILD_PORT must be a whole number from 0 to 65535. Example: CHILD_PORT=8080',
      expect.stringMatching(/^- SHUTDOWN_GRACE must be .* Example: SHUTDOWN_GRACE=30s$/),
      expect.stringMatching(/^- CHILD_HOST is beyond loopback without TLS: .* Example: CHILD_HOST=127.0.0.1$/),
      expect.stringMatching(
        /^- PUBLIC_BASE_URLS is required when CHILD_HOST is beyond loopback: .* Example: PUBLIC_BASE_URLS=https:/,
      ),
    ])
  })

  it.each(['CHILD_PORT', 'CHILD_MANAGEMENT_PORT'])(
    'because its port is in use names %s, without a stack',
    async (name) => {
      const occupant = createServer().listen(0, '127.0.0.1')
      await once(occupant, 'listening')
      const address = occupant.address()
      const port = String(typeof address === 'object' ? address?.port : '')
      const { code, stderr } = await run({ ...freePorts, [name]: port })
      occupant.close()
      expect(code).toBe(1)
      expect(stderr).toBe(
        `PORT_IN_USE: Port ${port} on 127.0.0.1 is in use. Stop what listens there, or set ${name} to another port (0 picks a free one).\n`,
      )
    },
  )

  it('because its address is of another host says so', async () => {
    const { code, stderr } = await run({
      ...freePorts,
      CHILD_HOST: '192.0.2.1',
      BEHIND_TLS_PROXY: 'true',
      PUBLIC_BASE_URLS: 'https://child.example',
    })
    expect(code).toBe(1)
    expect(stderr).toContain('CHILD_HOST names no address of this host')
  })
})
