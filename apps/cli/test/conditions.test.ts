import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

const body = {
  id: 7,
  name: 'n',
  subject: 'CN=a',
  webhook: { url: 'https://hooks.example/' },
  notices: [{ id: 'i1', channel: 'mail' }],
}

describe('a change of something that was read', () => {
  it.each([
    { words: 'mappings edit 7 --name n' },
    { words: 'mappings enable 7' },
    { words: 'mappings disable 7' },
    { words: 'mappings delete 7 --yes' },
    { words: 'certificates delete 7 --yes' },
    { words: 'certificates drop-staged 7 --yes' },
    { words: 'certificates drop-previous 7 --yes' },
    { words: 'plan set 7 --promote manual' },
    { words: 'settings set --rotate-webhook-secret' },
    { words: 'notices add mail a@b.example' },
    { words: 'notices remove i1 --yes' },
  ])('is made only while that is so: mtls $words', async ({ words }) => {
    const { url, requests } = await startServer((response) =>
      response.writeHead(200, { 'content-type': 'application/json', etag: '"12"' }).end(JSON.stringify(body)),
    )
    const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
    const place = ['--account', 'le123', '--config-api', url, '--forwarder-api', url]
    expect(await mtls([...words.split(' '), '--json', ...place], { environment })).toMatchObject({ exitCode: 0 })
    expect(requests.map(({ headers }) => headers['if-match'])).toEqual([undefined, '"12"'])
  })
})
