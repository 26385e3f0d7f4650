import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 'the-token' }
const expiring = (url: string) => mtls(['expiring', '--account', 'le123', '--config-api', url], { environment })

describe('what is no gateway', () => {
  it('is told from one that says no', async () => {
    const html = await startServer((response) => response.writeHead(200).end('<html>'))
    expect(await expiring(html.url)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `There is no config-api at ${html.url}: its answer is no JSON. Check --config-api, MTLS_CONFIG_API or mtls login.\n`,
    })
    const proxy = await startServer((response) => response.writeHead(502).end('{}'))
    expect(await expiring(proxy.url)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('it answers 502') })
  })

  it('leads nobody elsewhere: a redirect is not followed, and the token stays here', async () => {
    const other = await startServer((response) => response.writeHead(200).end('[]'))
    const moved = await startServer((response) => response.writeHead(307, { location: other.url }).end())
    expect(await expiring(moved.url)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('it answers 307') })
    expect(other.requests).toEqual([])
  })

  it('may end before its answer does', async () => {
    const broken = await startServer((response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('[', () => response.destroy())
    })
    expect(await expiring(broken.url)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^config-api does not answer at http:\S+ \(\w+\)\. Check --config-api, /),
    })
  })

  it('may be nothing at all', async () => {
    const { url, close } = await startServer(() => {})
    await close()
    const { exitCode, stderr } = await expiring(`${url}/`)
    expect(exitCode).toBe(3)
    expect(stderr).toContain(`config-api does not answer at ${url} (ECONNREFUSED). Check --config-api, `)
  })
})
