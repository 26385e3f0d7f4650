import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

const mapping = {
  ...{
    id: 1,
    deleted: false,
    name: '=cmd|1',
    url: 'https://a.example/',
    enable: true,
    serviceId: '1',
    siteId: 'le123',
  },
  certificationId: '7',
}

/** What is printed about a list with this mapping, and what config-api was asked for. */
async function list(args: readonly string[], headers: Record<string, string> = {}) {
  const { url, requests } = await startServer((response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(headers['x-total-count'] === '0' ? [] : [mapping])),
  )
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const result = await mtls([...args, '--account', 'le123', '--config-api', url], { environment })
  return { ...result, query: requests[0]?.url.split('?')[1] }
}

describe('a list', () => {
  it('is sorted by name, unless its user wants another order', async () => {
    expect(await list(['mappings', 'list'])).toMatchObject({ exitCode: 0, query: 'sort=name' })
    expect(await list(['mappings', 'list', '--sort', 'last-used', '--reverse'])).toMatchObject({
      query: 'sort=-lastUsed',
    })
    expect(await list(['certificates', 'list', '--sort', 'expires'])).toMatchObject({ query: 'sort=expires' })
    expect(await list(['mappings', 'list', '--sort', 'size'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Allowed choices are name, expires, last-used\./),
    })
  })

  it.each([
    { total: '0', said: '' },
    { total: '1', said: '1 mapping.\n' },
    { total: '5000', said: '1 of 5000 mappings.\n' },
  ])('says on stderr how many there are: $total', async ({ total, said }) => {
    expect(await list(['mappings', 'list'], { 'x-total-count': total })).toMatchObject({ stderr: said })
  })

  it('says how to see more', async () => {
    const headers = { 'x-total-count': '213', link: '<?limit=1&cursor=MDAw>; rel="next"' }
    const more = 'There are more: repeat the command with --cursor MDAw.\n'
    expect(await list(['mappings', 'list', '--limit', '1'], headers)).toMatchObject({
      stderr: `1 of 213 mappings. ${more}`,
    })
    expect(await list(['mappings', 'list', '--limit', '1', '--json'], headers)).toMatchObject({ stderr: more })
  })

  it('is CSV with --csv, in which no cell is a formula', async () => {
    const { exitCode, stdout } = await list(['mappings', 'list', '--csv'])
    expect(exitCode).toBe(0)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^id,name,serviceId,url,/),
      "1,'=cmd|1,1,https://a.example/,7,true,,,,,",
      '',
    ])
  })

  it('is CSV or JSON, not both', async () => {
    expect(await list(['mappings', 'list', '--csv', '--json'])).toMatchObject({ exitCode: 2, stdout: '' })
  })
})
