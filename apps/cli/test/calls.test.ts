import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

const call = {
  ...{ id: 1, at: '2030-01-01T09:30:15.123Z', outcome: 'failed', requestId: 'r1', method: 'POST' },
  ...{ url: `https://bank.example:443/${'long/'.repeat(60)}`, caller: 'le123.k1', clientAddress: '192.0.2.7' },
  ...{ mappingId: 4_569_253_110, certificateId: 2_628_739_923, status: 424, code: 'TARGET_UNREACHABLE' },
  ...{ transportCode: 'ERR_TLS_CERT_ALTNAME_INVALID', ms: 10_003.2 },
}
const mapping = { id: call.mappingId, name: 'payments at the bank, production' }
const certificate = { id: call.certificateId, name: 'bank-2030' }

/** What is printed about this call, and what config-api was asked for. */
async function calls(args: readonly string[], isTerminal = false, columns = 100, answered: object = call) {
  const { url, requests } = await startServer((response) => {
    const path = response.req.url ?? ''
    const body = path.includes('/calls') ? [answered] : path.includes('/mappings') ? [mapping] : [certificate]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const place = ['--account', 'le123', '--config-api', url]
  const result = await mtls(['calls', ...args, ...place], { environment, isTerminal, columns })
  return { ...result, asked: requests.map(({ url: path }) => path.replace(/^.*?le123/, '')) }
}

describe('mtls calls', () => {
  it('says on stderr what the codes of its lines mean, each once, and nothing of it with --json', async () => {
    expect((await calls([])).stderr).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID: The target’s own certificate is for another host name. Check the url.\n',
    )
    expect((await calls(['--json'])).stderr).toBe('')
  })

  it('says what became of a call in words, and which command is next', async () => {
    const url = 'https://bank.example:443/a'
    const facts = async (parts: object) =>
      (await calls(['--request-id', 'r1'], false, 100, { ...call, url, ...parts })).stdout.split('\n')
    const closed = await facts({ transportCode: 'SOCKET_CLOSED' })
    expect(closed).toContainEqual(expect.stringMatching(/^meaning +The target closed the connection without saying/))
    expect(closed).toContain(`next         mtls try bank-2030 ${url}`)
    const untrusted = await facts({ transportCode: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    expect(untrusted).toContain("next         mtls target-ca --mapping 'payments at the bank, production'")
    const unmapped = { outcome: 'refused', code: 'NO_CERTIFICATE_FOR_CALL', serviceName: 'IDP' }
    const nothing = { mappingId: undefined, certificateId: undefined, transportCode: undefined }
    expect(await facts({ ...nothing, ...unmapped })).toContain(
      `next        mtls explain --service-name IDP --url ${url}`,
    )
    const hostile = await facts({
      ...nothing,
      ...unmapped,
      serviceName: undefined,
      url: 'https://bank.example:443/;id',
    })
    expect(hostile).toContain("next        mtls explain --url 'https://bank.example:443/;id'")
    const theirs = await facts({ code: undefined, transportCode: undefined, status: 503 })
    expect(theirs).toContain('meaning      The target answered with a server error.')
    expect(theirs.some((line) => line.startsWith('next'))).toBe(false)
  })

  it('prints one line for a call, with the name of its mapping, at most as wide as the terminal', async () => {
    const [heading = '', line = '', ...others] = (await calls([], true)).stdout.trimEnd().split('\n')
    expect(others).toEqual([])
    expect(heading).toMatch(/^AT \(UTC\) +OUTCOME +RESULT +MS +MAPPING +CALL$/)
    expect(line).toMatch(
      /^01-01 09:30:15 {2}failed {5}ERR_TLS_CERT_ALTNAM… {3}10003 {2}payments at the… {2}POST https:/,
    )
    expect(line).toHaveLength(100)
    expect(line.endsWith('…')).toBe(true)
  })

  it('leaves out what matters least on a narrow terminal, so that the url can be told', async () => {
    const [heading = '', line = ''] = (await calls([], true, 80)).stdout.split('\n')
    expect(heading).toMatch(/^AT \(UTC\) +RESULT +MAPPING +CALL$/)
    expect(line).toHaveLength(80)
    expect(line).toContain('POST https://bank.exam')
  })

  it('cuts nothing where stdout is no terminal', async () => {
    const { stdout } = await calls([])
    for (const whole of [call.url, call.transportCode, mapping.name]) expect(stdout).toContain(whole)
  })

  it('filters by url, mapping, time and request id', async () => {
    const filters = [
      '--url',
      'https://bank.example/',
      '--mapping',
      '7',
      '--since',
      '2030-01-01',
      '--until',
      '2030-01-02',
    ]
    const { asked } = await calls([...filters, '--json'])
    expect(asked.map(decodeURIComponent)).toEqual([
      '/calls?url=https://bank.example/&since=2030-01-01T00:00:00.000Z&until=2030-01-02T00:00:00.000Z&mappingId=7',
    ])
    expect((await calls(['--request-id', 'r1', '--json'])).asked).toEqual(['/calls?requestId=r1'])
  })

  it('asks for the names of what it shows, not for whole lists', async () => {
    expect((await calls([])).asked.map(decodeURIComponent).toSorted()).toEqual([
      '/calls',
      `/certificates?ids=${certificate.id}`,
      `/mappings?ids=${mapping.id}`,
    ])
  })

  it('shows all that is known of the call with a request id, by names', async () => {
    const { stdout } = await calls(['--request-id', 'r1'], true)
    expect(stdout).toContain(`call         POST ${call.url}\n`)
    expect(stdout).toContain('outcome      failed, ERR_TLS_CERT_ALTNAME_INVALID\n')
    expect(stdout).toContain('mapping      payments at the bank, production (4569253110)\n')
    expect(stdout).toContain('certificate  bank-2030 (2628739923)\n')
    expect(stdout).toContain('caller       le123.k1 from 192.0.2.7\n')
  })
})
